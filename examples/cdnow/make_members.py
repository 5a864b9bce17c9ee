"""Invent a member for each customer of the CDNOW sample: always the same people, none of them real.

    python make_members.py          writes members.csv beside this file

The customer numbers and the joining dates, which are those of the first purchases, come from the
sample. All else is drawn from a seeded generator, out of ranges that belong to nobody: Chinese
mobile numbers of the prefix 154, which is not assigned; British ones out of the thousand that Ofcom
keeps for drama, 07700 900000 to 900999; e-mail under example.com, .net and .org (RFC 2606); and
resident ID numbers with a valid check digit for a region 9901, where no province has the code 99.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
HEADER = (
    "客户号",
    "姓名",
    "性别",
    "出生日期",
    "手机",
    "邮箱",
    "地址",
    "证件类型",
    "证件号码",
    "入会日期",
    "会籍级别",
)
SEED = 19970101
LATIN_SHARE = 0.35

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
    "苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史"
)
RARE_SURNAMES = ("欧阳", "司马", "上官", "诸葛", "单", "解", "仇", "区", "查", "盖")
GIVEN_MALE = "伟强磊军洋勇杰涛明超刚平辉鹏华飞鑫波斌宇浩凯健俊帆轩睿博文志国建海"
GIVEN_FEMALE = "芳娜敏静丽艳娟霞秀燕玲桂红梅兰英莉萍颖琳雪倩婷慧欣怡佳琪思雨梦洁云月"
FIRST_MALE = (
    "James", "Robert", "John", "Michael", "David", "William", "Thomas", "Daniel", "Matthew", "Paul",
    "Mark", "George", "Andrew", "Kevin", "Brian", "José", "François", "Jürgen", "Søren", "Łukasz",
)  # fmt: skip
FIRST_FEMALE = (
    "Mary", "Linda", "Susan", "Karen", "Nancy", "Lisa", "Betty", "Helen", "Sandra", "Donna",
    "Carol", "Ruth", "Sharon", "Laura", "Emily", "Zoë", "Chloé", "Mónica", "Åsa", "Bożena",
)  # fmt: skip
FAMILY = (
    "Smith", "Johnson", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Taylor", "Cox",
    "Jackson", "Martin", "Lee", "Thompson", "White", "Harris", "Clark", "Lewis", "Walker", "Hall",
    "Young", "King", "Wright", "Hill", "Green", "Adams", "Baker", "O'Neill", "Müller", "García",
)  # fmt: skip
ROADS = ("柳塘路", "桥东街", "长乐路", "文庙巷", "新开河路", "石榴园街", "北固路", "采莲里")
DISTRICTS = ("柳塘区", "桥东区", "云溪县", "临湖区")
STREETS = ("Maple Row", "Mill Lane", "Harbour Street", "Orchard Way", "Station Road", "Fern Close")
TOWNS = ("Northbridge", "Wexcombe", "Ashmere", "Little Hanning")
LEVELS = ("普通会员", "普通会员", "普通会员", "银卡会员", "银卡会员", "金卡会员")


def main() -> None:
    """Write members.csv as Excel saves it: UTF-8 with a byte order mark, lines ended by CR LF."""
    sample = (HERE / "CDNOW_sample.txt").read_text(encoding="ascii")
    (HERE / "members.csv").write_bytes(members_csv(sample))


def members_csv(sample: str) -> bytes:
    """Make the sheet of members for the customers of the sample."""
    joined: dict[str, date] = {}
    for line in sample.splitlines():
        number, _, day, _, _ = line.split()
        joined[number] = min(joined.get(number, date.max), date.fromisoformat(day))
    random = Random(SEED)
    british = iter(random.sample(range(1000), 1000))
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(HEADER)
    for number in sorted(joined):
        writer.writerow(_member(random, number=number, joined=joined[number], british=british))
    return sheet.getvalue().encode("utf-8-sig")


def _member(
    random: Random, *, number: str, joined: date, british: Iterator[int]
) -> tuple[str, ...]:
    male = random.random() < 0.5
    born = joined - timedelta(days=random.randrange(18 * 366, 75 * 365))
    latin = random.random() < LATIN_SHARE
    if latin:
        first = random.choice(FIRST_MALE if male else FIRST_FEMALE)
        name = f"{first} {random.choice(FAMILY)}"
        mobile = f"+44 7700 900{next(british):03}"
        address = f"{random.randrange(1, 200)} {random.choice(STREETS)}, {random.choice(TOWNS)}"
        paper, paper_number = "护照", f"X{random.randrange(10**8):08}"
    else:
        name = _chinese_name(random, male=male)
        mobile = f"154{random.randrange(10**8):08}"
        address = (
            f"云溪市{random.choice(DISTRICTS)}{random.choice(ROADS)}{random.randrange(1, 300)}号"
        )
        paper, paper_number = "居民身份证", _resident_id(random, born=born, male=male)
    email = f"c{number}@example.{random.choice(('com', 'net', 'org'))}"
    # Members need not give everything, and sheets have gaps.
    if random.random() < 0.3:
        email = ""
    if random.random() < 0.4:
        paper = paper_number = ""
    return (
        number,
        name,
        "男" if male else "女",
        f"{born:%Y/%m/%d}",
        mobile,
        email,
        address,
        paper,
        paper_number,
        f"{joined:%Y/%m/%d}",
        random.choice(LEVELS),
    )


def _chinese_name(random: Random, *, male: bool) -> str:
    surname = random.choice(RARE_SURNAMES if random.random() < 0.04 else SURNAMES)
    given = GIVEN_MALE if male else GIVEN_FEMALE
    return surname + "".join(random.choice(given) for _ in range(random.choice((1, 2, 2))))


def _resident_id(random: Random, *, born: date, male: bool) -> str:
    order = 2 * random.randrange(500) + (1 if male else 0)
    digits = f"9901{random.randrange(1, 30):02}{born:%Y%m%d}{order:03}"
    # GB 11643, check digit by ISO 7064 MOD 11-2.
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(digits))
    return digits + "10X98765432"[total % 11]


if __name__ == "__main__":
    main()
