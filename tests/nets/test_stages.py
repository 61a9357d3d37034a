"""Stages against the layers they are cut from."""

import torch
from torch import nn

from xai_bench.nets.encoder import conv_block
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.slabs import PaddedMap
from xai_bench.nets.stages import cut_into_stages


def test_stages_compute_what_the_layers_do() -> None:
    generator = torch.Generator().manual_seed(0)
    layers = nn.Sequential(
        *conv_block(3, 4, pool=False),
        *conv_block(4, 8, pool=True),
        nn.Conv2d(8, 5, 3, padding=1),
        nn.ReLU(),
        nn.Upsample(scale_factor=(1, 2)),
        nn.Conv2d(5, 2, 1),
    )
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean = torch.randn(layer.num_features, generator=generator)
            layer.running_var = torch.rand(layer.num_features, generator=generator) + 0.5
            nn.init.normal_(layer.weight, generator=generator)
            nn.init.normal_(layer.bias, generator=generator)
    layers = layers.double().eval()
    image = torch.randn(2, 3, 12, 20, generator=generator, dtype=torch.float64)
    cells = image.permute(0, 2, 3, 1)
    for stage in cut_into_stages(layers):
        cells = stage(PaddedMap.padded(cells, stage.halo).cells)
    torch.testing.assert_close(cells.permute(0, 3, 1, 2), layers(image))


def test_the_stages_of_ecg_imn() -> None:
    net = ECGIMN()
    stages = cut_into_stages([*net.conv1, *net.conv2, *net.conv3, *net.transition])
    assert [stage.halo for stage in stages] == [(1, 7)] * 3 + [(1, 1)] * 3
    assert [stage.pool for stage in stages] == [1, 2, 2, 1, 1, 1]
    assert [stage.up for stage in stages] == [1, 1, 1, 2, 2, 1]
