"""A purge certificate as people read it, in English or Chinese; the signed YAML is what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Language: TypeAlias = Literal["en", "zh"]

# label: English, Chinese. No word here promises more than sealing alone can keep.
_LABELS: Final = {
    "title": ("Purge certificate", "档案清除证明"),
    "claim": (
        (
            "No copy of the repository, wherever it is, can be opened for this member without the"
            " share. The replicas listed below confirmed its deletion at the times given."
        ),
        "缺少该份额,任何地方的仓库副本均无法打开该会员的内容。下列副本已于所示时间确认删除份额。",
    ),
    "until": ("Vault backups expire by {day}.", "密钥库备份最迟于 {day} 到期。"),
    "no_backups": (
        (
            "No backup of the vault that is still valid was made before the deletion, as far as the"
            " vault's own list tells."
        ),
        "据密钥库自身的清单,删除之前没有仍在有效期内的备份。",
    ),
    "overdue": (
        "Backups past their day, of which nobody has said that they were destroyed: {ids}.",
        "下列备份已过期,但无人确认已销毁:{ids}。",
    ),
    "who": ("Who", "经办"),
    "archive": ("archive", "档案库"),
    "id": ("member", "会员档号"),
    "uid": ("uid", "内部标识"),
    "request": ("request", "申请编号"),
    "reason": ("reason", "原因代码"),
    "asked_by": ("asked for by", "申请人"),
    "approved_by": ("approved by", "批准人"),
    "executed_by": ("carried out by", "执行人"),
    "times": ("Times (UTC)", "时间(UTC)"),
    "requested": ("asked for", "申请"),
    "approved": ("approved", "批准"),
    "cooling_off": ("cooling off from", "冷静期开始"),
    "cancelled": ("cancelled too late", "撤销(过迟)"),
    "fenced": ("closed for ever", "封锁"),
    "shredded": ("share destroyed everywhere", "份额全部销毁"),
    "committed": ("record removed", "档案移除"),
    "certified": ("certified", "出具证明"),
    "replicas": ("Replicas of the vault", "密钥库副本"),
    "confirmed": ("confirmed deletion at {time}", "于 {time} 确认删除"),
    "retired": (
        "given up without a word from it: it may still hold the share",
        "已停用且未确认删除,可能仍保存该份额",
    ),
    "backups": ("Backups of the vault", "密钥库备份"),
    "expires": ("made {made}, expires {expires}", "制作于 {made},到期 {expires}"),
    "checked": ("What was checked", "已检查"),
    "scan": ("scan", "扫描方式"),
    "full": ("every object", "全部对象"),
    "quick": ("where a value may have got to", "可能留有内容之处"),
    "versions_tried": ("versions tried", "尝试的版本"),
    "values_tried": ("values tried", "尝试的字段值"),
    "values_opened": ("values that opened", "可打开的字段值"),
    "notes_tried": ("notes tried", "尝试的备注"),
    "documents_tried": ("documents tried", "尝试的文件"),
    "objects_scanned": ("objects looked at", "查看的对象"),
    "copies_given": ("other copies given", "提供的其他副本"),
    "second_scan": ("second scan for plaintext", "第二次明文扫描"),
    "unreadable_versions": ("versions that could not be read", "无法读取的版本"),
    "yes": ("yes", "是"),
    "no": ("not possible", "无法进行"),
    "not_checked": ("What was not checked", "未检查"),
    "other_clones_and_mirrors": ("other clones and mirrors", "其他克隆和镜像"),
    "copies_of_the_vault_made_outside_memberarc": (
        "copies of the vault made by other means",
        "以其他方式制作的密钥库副本",
    ),
    "exports_prints_and_screens": ("exports, prints and screens", "导出、打印和屏幕显示"),
    "search_indexes_elsewhere": ("search indexes elsewhere", "别处的检索索引"),
    "sealed_values_of_other_members": (
        "what sealed values of other members say",
        "其他会员的封存内容",
    ),
    "compressed_files_images_and_document_contents": (
        "compressed files, images, contents of documents",
        "压缩文件、图像和文件内容",
    ),
    "stores_of_documents_elsewhere": ("other stores of documents", "别处的文件存放点"),
    "records_and_documents_of_other_members": (
        "records and documents of other members",
        "其他会员的档案和文件",
    ),
    "ledger": ("the ledger", "台账"),
    "objects_that_no_ref_and_no_reflog_leads_to": (
        "objects that no ref and no reflog leads to",
        "任何引用及其日志均未指向的对象",
    ),
    "organisation": (
        "Values that also stand in the organisation's own files",
        "同时见于本单位自身文件的内容",
    ),
    "remains": ("What stays readable", "仍可读取"),
    "code": ("code", "档号"),
    "kind": ("kind", "类型"),
    "opened": ("year opened", "建档年份"),
    "status": ("status", "状态"),
    "branch": ("branch", "分支机构"),
    "categories": ("categories", "类别"),
    "ledger_rows": ("rows of the ledger", "台账行数"),
}


def write_view(told: Mapping[str, Any], *, language: Language) -> str:
    """Write a certificate as Markdown.

    Args:
        told: the certificate's YAML, as read.
    """
    return "\n".join((*_View(told, language=language).lines(), ""))


class _View:
    """One certificate in one language."""

    def __init__(self, told: Mapping[str, Any], *, language: Language) -> None:
        self._told = told
        self._side = 0 if language == "en" else 1

    def lines(self) -> Iterator[str]:
        told = self._told
        yield f"# {self._label('title')} {told['id']}"
        yield ""
        yield " ".join(self._claims()) if self._side == 0 else "".join(self._claims())
        yield from self._section("who")
        for key in ("archive", "id", "uid", "request", "reason", "asked_by"):
            yield self._line(key, told[key])
        yield self._line("approved_by", ", ".join(told["approved_by"]))
        yield self._line("executed_by", told["executed_by"])
        yield from self._section("times")
        yield from (self._line(state, time) for state, time in told["times"].items())
        yield from self._section("replicas")
        for one in told["replicas"]:
            yield f"- {one['id']}: {self._label('confirmed').format(time=one['confirmed_at'])}"
        for one in told.get("retired_replicas", ()):
            yield f"- {one}: {self._label('retired')}"
        yield from self._backups()
        yield from self._checked()

    def _claims(self) -> Iterator[str]:
        yield self._label("claim")
        standing = self._told.get("vault_backups", ())
        if standing:
            yield self._label("until").format(day=max(one["expires"] for one in standing))
        else:
            yield self._label("no_backups")
        if overdue := self._told.get("vault_backups_overdue", ()):
            yield self._label("overdue").format(ids=", ".join(one["id"] for one in overdue))

    def _backups(self) -> Iterator[str]:
        listed = (
            *self._told.get("vault_backups", ()),
            *self._told.get("vault_backups_overdue", ()),
        )
        if listed:
            yield from self._section("backups")
        for one in listed:
            yield f"- {one['id']}: {self._label('expires').format(**one)}"

    def _checked(self) -> Iterator[str]:
        checked = self._told["checked"]
        yield from self._section("checked")
        yield self._line("scan", self._label(checked["scan"]))
        for key, value in checked.items():
            if key.endswith(("_tried", "_opened", "_scanned")):
                yield self._line(key, value)
        yield self._line("copies_given", len(checked.get("copies_given", ())))
        yield self._line("second_scan", self._label("yes" if checked["second_scan"] else "no"))
        yield self._line("unreadable_versions", len(checked.get("unreadable_versions", ())))
        yield from self._section("not_checked")
        for key in (*checked.get("left_out", ()), *self._told["not_checked"]):
            yield f"- {self._label(key)}"
        if places := self._told.get("found_in_organisation_files", ()):
            yield from self._section("organisation")
            yield from (f"- `{place}`" for place in places)
        yield from self._section("remains")
        for key, value in self._told["remains_in_clear"].items():
            shown = ", ".join(map(str, value.values())) if isinstance(value, dict) else value
            yield self._line(key, shown)

    def _section(self, key: str) -> Iterator[str]:
        yield from ("", f"## {self._label(key)}", "")

    def _line(self, key: str, value: object) -> str:
        return f"- {self._label(key)}{':' if self._side else ': '}{value}"

    def _label(self, key: str) -> str:
        return _LABELS[key][self._side] if key in _LABELS else key
