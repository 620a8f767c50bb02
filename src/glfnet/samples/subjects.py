"""The names of people and clips, however a folder or a spreadsheet writes them.

Names are those of the MEGC2019 ground truth, so that one clip has one id: `casme2/sub01/EP02_01f`, `samm/006/006_1_2`,
`smic/s01/s01_ne_01`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from glfnet.labels import CASME, CASME2, CASME_SQ, SAMM, SAMM_LONG, SMIC
from glfnet.samples.csv_lines import is_formula

# How each database writes a subject: prefix and number of digits.
_SUBJECT_FORM = {
    CASME2: ("sub", 2), SAMM: ("", 3), SMIC: ("s", 2), CASME: ("sub", 2), CASME_SQ: ("s", 2), SAMM_LONG: ("", 3),
}  # fmt: skip


ALL_TOGETHER = "full"
"""The name under which scores of all databases together are reported: no database may have it."""


@dataclass(frozen=True, slots=True, order=True)
class SubjectId:
    """One person. CASME II 01 and SMIC 01 are two people, so the database belongs to the name."""

    database: str
    name: str

    def __str__(self) -> str:
        return f"{self.database}/{self.name}"


def subject_id(database: str, name: str) -> SubjectId:
    """Return the subject under the name that MEGC2019 uses: `6` and `006` are one person of SAMM.

    Names of databases that we do not know are kept as they are.
    """
    database = database.strip().lower() if database.strip().lower() in _SUBJECT_FORM else database.strip()
    form = _SUBJECT_FORM.get(database)
    number = re.search(r"(\d+)$", name.strip())
    if form is None or number is None:
        return SubjectId(database, name.strip())
    prefix, digits = form
    return SubjectId(database, f"{prefix}{int(number.group(1)):0{digits}d}")


def find_name_fault(subject: SubjectId) -> tuple[str, str] | None:
    """Return what is wrong with the names of a database and a subject and what is expected; None if nothing is."""
    if "/" in subject.database + subject.name:
        where = "subject" if "/" in subject.name else "database"
        found = f"a slash in the name of {where} {subject.name if where == 'subject' else subject.database}"
        return found, "names without slashes, since ids are written database/subject/clip"
    if is_formula(subject.database):
        found = f"a database called {subject.database}"
        return found, "a name that no spreadsheet program takes for a formula, since all ids begin with it"
    if subject.database == ALL_TOGETHER:
        return f"a database called {ALL_TOGETHER}", "another name: this one stands for all databases together"
    return None


def database_of(sample_id: str) -> str:
    """Return the database of a sample id, which is database/subject/clip."""
    return sample_id.split("/")[0]


def alike_subjects(subjects: Iterable[SubjectId]) -> list[tuple[SubjectId, ...]]:
    """Return groups of subjects that differ only in capitals or blanks: probably one person under several names.

    A fold would then train on the person whom it tests.
    """
    groups: dict[tuple[str, str], set[SubjectId]] = defaultdict(set)
    for subject in subjects:
        name = unicodedata.normalize("NFKC", subject.name).casefold()
        groups[subject.database.casefold(), re.sub(r"\s+", "", name)].add(subject)
    return [tuple(sorted(group)) for group in groups.values() if len(group) > 1]


def find_database(subject_name: str) -> str | None:
    """Return the database inferred from a subject's name, or None: `sub12` CASME II, `s12` SMIC, digits SAMM."""
    for pattern, database in ((r"sub\d+", CASME2), (r"s\d+", SMIC), (r"\d+", SAMM)):
        if re.fullmatch(pattern, subject_name.strip(), flags=re.IGNORECASE):
            return database
    return None


def clip_name(subject: SubjectId, written: str) -> str:
    """Return a clip's name as MEGC2019 has it: `sub12_EP08_03 ` is clip `EP08_03` of subject sub12.

    SMIC writes `s1_ne_01` on disk and `s01_ne_01` in the ground truth; the latter is used. SAMM's own names begin with
    the subject (`006_1_2`), so only a repeated one is removed there (`006_006_1_2`).
    """
    name = written.strip()
    if subject.database == SMIC:
        return f"{subject.name}_" + re.sub(r"^(s\d+_)+", "", name)
    own = "" if subject.database != SAMM else f"{subject.name}_"
    return own + name.removeprefix(f"{subject.name}_{own}").removeprefix(own)
