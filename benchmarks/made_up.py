"""Made-up people and events: names as frequent as they are, and nothing that anybody has.

The same seed and number give the same person. No telephone number is of a block that was given out,
no paper of a region that exists.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Final

from memberarc.ledger.event import Event, EventKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node

FIRST_YEAR: Final = 2007
LAST_YEAR: Final = 2026

# Bearers in a thousand, roughly; the last ones are read otherwise as a surname than in a word.
_SURNAMES: Final = {
    "王": 72, "李": 71, "张": 67, "刘": 54, "陈": 46, "杨": 31, "黄": 23, "赵": 23, "吴": 20,
    "周": 20, "徐": 17, "孙": 15, "马": 13, "朱": 13, "胡": 12, "郭": 12, "何": 11, "林": 11,
    "高": 10, "罗": 9, "郑": 9, "梁": 9, "谢": 8, "宋": 8, "唐": 7, "许": 7, "韩": 7, "邓": 6,
    "冯": 6, "曹": 6, "彭": 6, "曾": 6, "肖": 6, "田": 6, "董": 6, "潘": 5, "袁": 5, "蔡": 5,
    "蒋": 5, "余": 5, "于": 5, "杜": 5, "叶": 5, "程": 5, "魏": 5, "苏": 5, "吕": 5, "丁": 4,
    "任": 4, "卢": 4, "姚": 4, "沈": 4, "钟": 4, "姜": 4, "崔": 4, "谭": 4, "陆": 4, "范": 4,
    "欧阳": 1, "上官": 1, "司马": 1, "诸葛": 1, "单": 1, "解": 1, "仇": 1, "区": 1, "查": 1,
    "朴": 1, "盖": 1,
}  # fmt: skip
_GIVEN: Final = {
    "male": "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆志文国建海晓子泽轩然宏林春东",
    "female": "芳娜敏静丽艳娟霞秀燕玲桂英华玉兰红梅萍莉婷雪慧颖琳欣怡梦佳思雨晨晓春淑珍文子涵",
}
_LATIN_GIVEN: Final = {
    "male": ("James", "John", "Robert", "Michael", "David", "José", "Jürgen", "Ivan", "Omar"),
    "female": ("Mary", "Anna", "Elizabeth", "Susan", "Sofía", "Zoë", "Fatima", "Ingrid", "Chloé"),
}
_LATIN_SURNAMES: Final = (
    "Smith", "Johnson", "Williams", "Brown", "Jones", "García", "Müller", "Martin", "O'Connor",
    "Nguyễn", "Rossi", "Ivanova", "Kowalski", "Fernández", "Løvås", "van der Berg", "Lee-Chan",
)  # fmt: skip
_TRADES: Final = (
    "教师",
    "会计",
    "工程师",
    "医生",
    "店主",
    "司机",
    "律师",
    "设计师",
    "护士",
    "退休",
)
_BRANCHES: Final = {"east": 40, "west": 25, "north": 20, "south": 14, "online": 1}
_STATUSES: Final = {"active": 82, "lapsed": 10, "left": 5, "applicant": 2, "suspended": 1}
_CATEGORIES: Final = {"A": 2, "B": 6, "C": 17, "D": 35, "E": 40}
_TITLES: Final = ("先进会员", "抗洪救灾先进个人", "优秀志愿者", "十年会龄纪念章")
_EVENTS: Final = {"purchase": 62, "visit": 18, "payment": 10, "points": 5, "call": 3, "refund": 2}
_IMPOSSIBLE_REGION: Final = "990101"
_CHECK_DIGITS: Final = "10X98765432"


def made_up_uid(chance: Random) -> str:
    """Make a uid that the next run makes again."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return chance.choice(letters) + "".join(chance.choices(letters + "234567", k=15))


def made_up_member(chance: Random, *, number: int, joined_in: int) -> Mapping[str, Node]:
    """Make up one member's values, in clear."""
    latin = chance.random() < 0.06
    sex = chance.choice(["male", "female"])
    born = _day(chance, joined_in - chance.randint(18, 62))
    joined = _day(chance, joined_in)
    status = _one_of(chance, _STATUSES)
    values: dict[str, Node] = {
        "status": status,
        "branch": _one_of(chance, _BRANCHES),
        "categories": {"value": _one_of(chance, _CATEGORIES)},
        "name": _latin_name(chance, sex) if latin else _chinese_name(chance, sex),
        "sex": sex,
        "birth_date": born.isoformat(),
        "joined": joined.isoformat(),
        "registration": {"number": f"R{number:07}"},
        "contact": _contact(chance, number=number, latin=latin),
        "identity": {"type": "passport", "number": f"XX{number:07}"}
        if latin
        else {"type": "resident_id", "number": resident_number(born, sequence=number % 1000)},
    }
    if status == "left":
        values["left"] = (joined + timedelta(days=chance.randint(200, 2000))).isoformat()
    if chance.random() < 0.4:
        values["work"] = {"occupation": chance.choice(_TRADES)}
    if chance.random() < 0.03:
        values["traits"] = sorted(chance.sample(["key_employee", "notable", "principal"], k=1))
    if chance.random() < 0.05:
        title = chance.choice(_TITLES)
        values["honours"] = [
            {"id": _item_id(chance), "date": _day(chance, 2025).isoformat(), "title": title}
        ]
    if chance.random() < 0.2:
        values["dues"] = [
            {
                "id": f"{_item_id(chance)}{year % 10}",
                "year": year,
                "amount": "200.00",
                "paid_on": _day(chance, year).isoformat(),
            }
            for year in range(2026 - chance.randint(0, 3), 2027)
        ]
    return values


def resident_number(born: date, *, sequence: int) -> str:
    """Make an 18-digit number with the right check digit (GB 11643), of a region there is not."""
    digits = f"{_IMPOSSIBLE_REGION}{born:%Y%m%d}{sequence:03}"
    total = sum(int(digit) << (17 - place) for place, digit in enumerate(digits))
    return digits + _CHECK_DIGITS[total % 11]


def made_up_event(chance: Random, *, day: date, number: int, uids: Sequence[str]) -> Event:
    """Make up one event of a day; a few members account for most of them."""
    kind = EventKind(_one_of(chance, _EVENTS))
    cents = int(chance.lognormvariate(9, 1)) + 100
    amount = Decimal(cents).scaleb(-2)
    money = {EventKind.PURCHASE: amount, EventKind.PAYMENT: amount, EventKind.REFUND: -amount}
    return Event(
        date=day,
        member=uids[int(len(uids) * chance.random() ** 2)],
        kind=kind,
        amount=money.get(kind),
        quantity=chance.randint(1, 9) if kind is EventKind.PURCHASE else None,
        item=f"SKU{chance.randint(1, 4000):05}" if kind is EventKind.PURCHASE else "",
        branch=_one_of(chance, _BRANCHES),
        channel=chance.choice(("shop", "app", "phone")),
        staff=f"S{chance.randint(1, 80):03}",
        ref=f"pos:{day:%Y%m%d}-{number:07}",
    )


def _chinese_name(chance: Random, sex: str) -> str:
    return _one_of(chance, _SURNAMES) + "".join(
        chance.choices(_GIVEN[sex], k=1 if chance.random() < 0.15 else 2)
    )


def _latin_name(chance: Random, sex: str) -> str:
    return f"{chance.choice(_LATIN_GIVEN[sex])} {chance.choice(_LATIN_SURNAMES)}"


def _contact(chance: Random, *, number: int, latin: bool) -> dict[str, Node]:
    contact: dict[str, Node] = {
        # The block 154 is given out to nobody, and 07700 900 is kept free for stories.
        "mobile": f"+44 7700 900{number % 1000:03}"
        if latin
        else f"154{chance.randrange(10**8):08}",
        "address": f"{chance.randint(1, 99)} Example Street, Flat {chance.randint(1, 30)}"
        if latin
        else f"东区{chance.randint(1, 40)}号街{chance.randint(1, 999)}号{chance.randint(1, 30)}室",
    }
    if chance.random() < 0.5:
        contact["email"] = f"member{number}@example.org"
    if chance.random() < 0.3:
        contact["wechat"] = f"wx_{chance.randrange(10**8):08}"
    return contact


def _day(chance: Random, year: int) -> date:
    return date(year, 1, 1) + timedelta(days=chance.randrange(365))


def _item_id(chance: Random) -> str:
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=4))


def _one_of(chance: Random, weights: Mapping[str, int]) -> str:
    return chance.choices([*weights], weights=[*weights.values()])[0]
