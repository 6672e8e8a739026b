"""Quotas written by hand or by other tools: ``feature,value,min,max`` (Sortition Foundation) or
``category,name,min,max`` (OpenDLP, where a category is our feature)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from borgerting.errors import Refused, Text
from borgerting.events.recruitment import Feature, Quota
from services.recruitment.domain.refusals import raise_all
from services.recruitment.domain.sheet import Sheet, missing_column, read_sheet, sheet_text, width_wrong

SHAPES = (("feature", "value"), ("category", "name"))


@dataclass(frozen=True)
class _Line:
    row: int
    feature: str
    category: str
    least: int
    most: int


def read_quotas(content: str, panel_size: int) -> tuple[tuple[Feature, ...], tuple[str, ...]]:
    """The features in the file's order, and the columns that were not used; `population` is None."""
    sheet = read_sheet(content)
    columns = _columns(sheet)
    problems: list[Refused] = []
    lines: list[_Line] = []
    for row, cells in sheet.rows:
        found = width_wrong(row, len(cells), sheet) or _line(row, [cells[at] for at in columns])
        if isinstance(found, Refused):
            problems.append(found)
        else:
            lines.append(found)
    raise_all([*problems, *_twice(lines), *(() if sheet.rows else (_no_rows(),))])
    features = tuple(_feature(name, lines) for name in dict.fromkeys(line.feature for line in lines))
    raise_all(wrong for feature in features for wrong in sums_wrong(feature, panel_size))
    dropped = tuple(title for at, title in enumerate(sheet.header) if at not in columns and title)
    return features, dropped


def sums_wrong(feature: Feature, panel_size: int) -> Iterator[Refused]:
    """Quotas of one feature that no panel of that size can meet."""
    least, most = sum(q.least for q in feature.quotas), sum(q.most for q in feature.quotas)
    if least > panel_size:
        yield Refused(
            "quotas.least-sum",
            da=f"Kvoterne for {feature.feature} kræver mindst {least} pladser, men der er {panel_size}. Sænk nogle.",
            en=f"The quotas of {feature.feature} need {least} seats, but there are {panel_size}. Lower some.",
        )
    if most < panel_size:
        yield Refused(
            "quotas.most-sum",
            da=f"Kvoterne for {feature.feature} giver højst {most} pladser, men {panel_size} skal besættes. Hæv nogle.",
            en=f"The quotas of {feature.feature} allow {most} seats, but {panel_size} must be filled. Raise some.",
        )


def _columns(sheet: Sheet) -> list[int]:
    shape = next((s for s in SHAPES if all(sheet.column(name) is not None for name in s)), SHAPES[0])
    found = []
    for name in (*shape, "min", "max"):
        at = sheet.column(name)
        if at is None:
            raise missing_column(f"«{name}»", sheet)
        found.append(at)
    return found


def _line(row: int, cells: Sequence[str]) -> _Line | Refused:
    feature, category, least, most = cells
    if not feature or not category:
        return _wrong(row, "mangler navnet på kriterium eller kategori", "lacks the name of its feature or category")
    for name, found in (("min", least), ("max", most)):
        if not (found.isascii() and found.isdigit() and len(found) < 7):
            return _wrong(
                row,
                f"har {name} «{found}», som skal være et helt tal",
                f"has {name} “{found}”; it must be a whole number",
            )
    if int(least) > int(most):
        return _wrong(row, f"har min {least} over max {most}", f"has min {least} above max {most}")
    return _Line(row, feature, category, int(least), int(most))


def _wrong(row: int, da: str, en: str) -> Refused:
    return Refused(
        "quotas.row",
        da=f"Kvotefilens række {row} {da}. Ret rækken.",
        en=f"Row {row} of the quota file {en}. Correct it.",
    )


def _no_rows() -> Refused:
    return Refused(
        "quotas.none",
        da="Kvotefilen har ingen rækker under overskriften. Tilføj kvoterne.",
        en="The quota file has no rows below its header. Add the quotas.",
    )


def _twice(lines: Sequence[_Line]) -> Iterator[Refused]:
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        known = first.setdefault((line.feature, line.category), line.row)
        if known != line.row:
            yield _wrong(
                line.row,
                f"gentager {line.feature}, {line.category} fra række {known}",
                f"repeats {line.feature}, {line.category} of row {known}",
            )


def _feature(name: str, lines: Sequence[_Line]) -> Feature:
    quotas = tuple(
        Quota(category=line.category, label=_label(line.category), least=line.least, most=line.most)
        for line in lines
        if line.feature == name
    )
    return Feature(feature=name, label=_label(name), quotas=quotas)


def _label(name: str) -> Text:
    return {"und": name}


def written(features: Sequence[Feature], separator: str) -> str:
    """A quota file of these `features`, which `read_quotas` takes back."""
    rows = [(f.feature, q.category, q.least, q.most) for f in features for q in f.quotas]
    return sheet_text([("feature", "value", "min", "max"), *rows], separator)
