"""From uploaded files to text and specifications; what cannot be read is refused with the file's name."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from borgerting.errors import Refused
from services.recruitment.domain.commands import BuildQuotas
from services.recruitment.domain.spec import FeatureSpec, Query

MOST_BYTES = 20_000_000
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How xlsx, ods and xls files begin."""


class BuildBody(BaseModel):
    """A features file: which cells of which table, and what the features are; `table` may come with the upload."""

    model_config = ConfigDict(extra="ignore")

    source: str = "saved-json-stat"
    table: str = ""
    query: dict[str, str | tuple[str, ...]]
    features: tuple[FeatureSpec, ...]
    reference_date: date | None = None

    def command(self, assembly: str, key: str, table: str = "") -> BuildQuotas:
        """The command that this file asks for."""
        query = {name: (codes,) if isinstance(codes, str) else codes for name, codes in self.query.items()}
        return BuildQuotas(
            assembly=assembly,
            key=key,
            population=Query(source=self.source, table=table or self.table, query=query),
            features=self.features,
            reference_date=self.reference_date,
        )


async def content_of(file: UploadFile) -> bytes:
    """The bytes of an upload, up to MOST_BYTES."""
    content = await file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Refused(
            "file.large",
            da=f"{file.filename} er større end {MOST_BYTES} byte. Del filen op, eller læg et mindre udsnit op.",
            en=f"{file.filename} is larger than {MOST_BYTES} bytes. Split the file or upload a smaller part.",
        )
    return content


def decoded(content: bytes) -> tuple[str, str]:
    """The text and the encoding it was read in: UTF-8, else the one that older spreadsheets write.

    >>> decoded("Æbler".encode("cp1252"))
    ('Æbler', 'cp1252')
    """
    if content.startswith(SPREADSHEETS) or b"\0" in content[:1000]:
        raise _no_text()
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252"), "cp1252"
    except UnicodeDecodeError as why:
        raise Refused(
            "file.encoding",
            da=f"Filen er hverken UTF-8 eller Windows-1252 ({why.reason}). Gem den som «CSV UTF-8».",
            en=f"The file is neither UTF-8 nor Windows-1252 ({why.reason}). Save it as “CSV UTF-8”.",
        ) from why


def _no_text() -> Refused:
    return Refused(
        "file.spreadsheet",
        da="Filen er et regneark eller en anden fil, der ikke er tekst. Gem den som «CSV UTF-8», og læg den op igen.",
        en="The file is a spreadsheet or another file that is not text. Save it as “CSV UTF-8” and upload it again.",
    )


def build_body(content: bytes, name: str) -> BuildBody:
    """The features file in an upload."""
    text, _ = decoded(content)
    try:
        return BuildBody.model_validate_json(text)
    except ValidationError as wrong:
        raise unreadable(name, wrong) from wrong


def mapping(text: str, field: str) -> Any:
    """A form field that holds a JSON object; empty is ``{}``."""
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError as why:
        raise _no_mapping(field, str(why)) from why
    if not isinstance(found, Mapping):
        raise _no_mapping(field, "{…}")
    return found


def unreadable(what: str, wrong: ValidationError) -> Refused:
    """One sentence for each field that is wrong."""
    first, *rest = (_wrong_field(what, e) for e in wrong.errors())
    return Refused(first.code, da=first.text["da"], en=first.text["en"], also=tuple(rest))


def _wrong_field(what: str, error: ErrorDetails) -> Refused:
    at = " › ".join(map(str, error["loc"]))
    if error["type"] == "json_invalid":
        da, en = "er ikke gyldig JSON", "is not valid JSON"
    elif error["type"] == "missing":
        da, en = f"mangler feltet {at}", f"lacks the field {at}"
    else:
        da, en = f"har et felt, {at}, der ikke kan bruges", f"has a field, {at}, that cannot be used"
        da, en = f"{da} ({error['msg']})", f"{en} ({error['msg']})"
    return Refused("file.field", da=f"Filen {what} {da}. Ret den.", en=f"The file {what} {en}. Correct it.")


def _no_mapping(field: str, why: str) -> Refused:
    return Refused(
        "file.mapping",
        da=f"Feltet {field} skal være et JSON-objekt ({why}). Ret det, eller lad det være tomt.",
        en=f"The field {field} must be a JSON object ({why}). Correct it or leave it empty.",
    )
