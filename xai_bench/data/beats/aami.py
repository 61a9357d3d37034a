"""The classes of beats of AAMI, and how de Chazal divides the MIT-BIH records."""

from __future__ import annotations

__all__ = ["AAMI", "DS1", "DS2", "PACED", "VALIDATION", "fold_of_record"]

AAMI = {
    **dict.fromkeys("NLRej", "N"),
    **dict.fromkeys("AaJS", "S"),
    **dict.fromkeys("VE", "V"),
    "F": "F",
    **dict.fromkeys("/fQ", "Q"),
}
"""Symbol of a beat in a WFDB annotation -> its class (ANSI/AAMI EC57:2012, table 3): of the sinus
node or conducted with a block, supraventricular ectopic, ventricular ectopic, fusion of a
ventricular and a normal beat, and those of a pacemaker or unclassified. What has no class here is
no beat, or of a kind that the MIT-BIH Arrhythmia Database does not have."""

DS1 = (
    *("101", "106", "108", "109", "112", "114", "115", "116", "118", "119", "122", "124"),
    *("201", "203", "205", "207", "208", "209", "215", "220", "223", "230"),
)
DS2 = (
    *("100", "103", "105", "111", "113", "117", "121", "123"),
    *("200", "202", "210", "212", "213", "214", "219", "221", "222", "228"),
    *("231", "232", "233", "234"),
)
"""Records to train and to test on (de Chazal, O'Dwyer & Reilly, IEEE Trans. Biomed. Eng. 51,
2004). Records are taken for patients; 201 and 202, of which one is in each, are of one man."""

PACED = ("102", "104", "107", "217")
"""Records with beats of a pacemaker, which de Chazal leaves out as AAMI recommends."""

VALIDATION = DS1[-4:]
"""215, 220, 223 and 230, fold 9: the last of DS1, which have beats of every class."""


def fold_of_record(name: str) -> int | None:
    """Fold of a MIT-BIH record: 1 to 8 of DS1, 9 of VALIDATION, 10 of DS2; None of others."""
    if name in DS2:
        return 10
    if name in VALIDATION:
        return 9
    return DS1.index(name) % 8 + 1 if name in DS1 else None
