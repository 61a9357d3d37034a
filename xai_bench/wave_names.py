"""Who can say which waves a recording has, by name; without what they need to be imported."""

from __future__ import annotations

__all__ = ["PLANTED_WAVES", "WAVE_READERS"]

PLANTED_WAVES = "planted"
"""What a source planted: the truth, where there is one."""

WAVE_READERS = {
    "rules": "tangents and slopes of the median beat of all leads; what is used where nothing is "
    "planted and nobody is named",
    "delnet": "a U-Net that learned planted waves; reads each lead, the mean of leads decides",
    "openecg": "a transformer of others that learned cardiologists' waves; reads each lead, half "
    "of the leads decide; with 'xai-bench[openecg]'",
}
"""What each reader of waves is."""
