"""The card of a small untrained net, as text that tests change."""

from __future__ import annotations

CARD = """\
target    = "conv2d"
summary   = "The black-box twin of ECG-IMN."
cite      = "thambawita2026ecgimn"
licence   = "Apache-2.0"
cam_layer = "conv3.0"

[params]
outputs = 2
dropout = 0.2

[input]
rate_hz       = 100.0
seconds       = 10.0
normalisation = "zscore"

[labels]
task = "norm_vs_mi"

[recipe]
data          = "synthetic"
seed          = 0
epochs        = 3
batch_size    = 16
crop_seconds  = 1.28
learning_rate = 2e-3
weight_decay  = 1e-4
l1            = 1e-4
gradient_clip = 5.0
"""
