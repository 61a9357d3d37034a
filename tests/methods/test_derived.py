"""Controls made of a method: named, and what each says."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from tests.methods.promise import promised
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods import DERIVED, METHODS, find_methods
from xai_bench.methods.attribute import explain_batch
from xai_bench.methods.background import BACKGROUND, background, background_waves
from xai_bench.methods.base import Batch
from xai_bench.models import Model, load_model
from xai_bench.nets.fcn import FCN

MODEL = closed_form(Quadratic())


def test_a_derived_control_is_found_by_name_and_says_what_it_is() -> None:
    method, control = find_methods("ig,ig@untrained")
    assert (method.name, control.name) == ("ig", "ig@untrained")
    assert control.control
    assert promised(control, MODEL, batch()) is None
    assert control.summary == (
        f"{METHODS['ig'].name}, but of the net before training, another for each recording"
    )


def test_names_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="untrained"):
        find_methods("ig@untraind")
    with pytest.raises(UnknownNameError, match="method 'gi'"):
        find_methods("gi@flipped")
    with pytest.raises(InputError, match="random is a control itself"):
        find_methods("random@flipped")


def test_what_a_method_remarks_holds_for_its_controls() -> None:
    method, control = find_methods("gradcam,gradcam@flipped")
    model = closed_form(FCN(), cam_layer="conv3.0")
    assert control.remark(model) == method.remark(model) == "no lead axis: one CAM for all leads"


@pytest.mark.parametrize("kind", sorted(DERIVED))
def test_a_derived_control_cannot_do_what_its_method_cannot(kind: str) -> None:
    (control,) = find_methods(f"native@{kind}")
    assert "generates its own weights" in str(control.unsupported(MODEL, evidence=True))


@pytest.mark.parametrize("kind", sorted(DERIVED))
def test_a_recording_has_the_same_control_alone_and_among_others(kind: str) -> None:
    (control,) = find_methods(f"saliency@{kind}")
    given = batch(rows=3)
    together = control.attribute(MODEL, given)
    alone = control.attribute(MODEL, row_of(given, 1))
    torch.testing.assert_close(together[1], alone[0])


def test_flipped_speaks_for_what_the_method_speaks_against() -> None:
    method, flipped = find_methods("input-x-gradient,input-x-gradient@flipped")
    given = batch()
    assert torch.equal(flipped.attribute(MODEL, given), -method.attribute(MODEL, given))


def test_untrained_is_the_map_of_the_net_as_the_card_builds_it() -> None:
    model = load_model("resnet1d")
    method, untrained = find_methods("saliency,saliency@untrained")
    given = replace(batch(rows=2), recording_seeds=torch.zeros(2, dtype=torch.int64))
    found = untrained.attribute(model, given)
    assert torch.equal(found, method.attribute(model.untrained, given))
    trained = method.attribute(model, given)
    similarity = torch.cosine_similarity(found.flatten(1), trained.flatten(1))
    assert similarity.abs().max() < 0.2


@pytest.mark.slow
def test_the_untrained_net_is_always_the_same_and_tells_recordings_apart() -> None:
    one, other = load_model("imn").untrained, load_model("imn").untrained
    z = background(one)
    with torch.no_grad():
        answers = one.log_odds(z, 1)
        assert torch.equal(answers, other.log_odds(z, 1))
        assert not torch.allclose(answers, load_model("imn").log_odds(z, 1))
    assert answers.std() > 1e-3
    assert not one.net.training


def test_another_is_the_map_of_a_recording_of_the_background() -> None:
    (another,) = find_methods("input-x-gradient@another")
    given = batch(rows=6)
    maps = METHODS["input-x-gradient"].attribute(MODEL, _of_background(MODEL))
    found = another.attribute(MODEL, given)
    donors = [int((maps == one).all(dim=(1, 2)).nonzero().item()) for one in found]
    assert len(set(donors)) > 1
    others = another.attribute(MODEL, replace(given, z=given.z + 1))
    assert torch.equal(others, found), "whatever the recording itself"


def test_another_has_the_waves_of_that_recording() -> None:
    (another,) = find_methods("wave-ablation@another")
    known = replace(_of_background(MODEL), find_waves=lambda: background_waves(MODEL))
    maps = METHODS["wave-ablation"].attribute(MODEL, known)
    found = another.attribute(MODEL, batch(rows=2))
    for one in found:
        assert torch.isclose(maps, one, atol=1e-6).all(dim=(1, 2)).any()


def _of_background(model: Model) -> Batch:
    return Batch(z=background(model), target=torch.ones(BACKGROUND, dtype=torch.int64))


def test_the_background_is_balanced_normalised_and_has_waves() -> None:
    z = background(MODEL)
    assert z.shape == (BACKGROUND, 12, 1000)
    torch.testing.assert_close(z.mean(dim=2), torch.zeros(BACKGROUND, 12), atol=1e-4, rtol=0)
    torch.testing.assert_close(z.std(dim=2), torch.ones(BACKGROUND, 12), atol=1e-4, rtol=0)
    assert background_waves(MODEL).shape == (BACKGROUND, 1000)


def test_noise_has_the_autocorrelation_of_the_map_and_nothing_else_of_it() -> None:
    """A map that is a moving average of noise over 9 samples: correlated to lag 8, then not."""
    model, rows = closed_form(Linear()), 40
    generator = torch.Generator().manual_seed(3)
    white = torch.randn(rows, 12, 1000, generator=generator)
    width = 9
    smooth = torch.stack([white.roll(k, dims=2) for k in range(width)]).mean(dim=0)
    w = model.net.get_parameter("w")
    given = replace(batch(rows=rows), z=smooth / w)  # its input x gradient is `smooth`
    (noise,) = find_methods("input-x-gradient@noise")
    found = noise.attribute(model, given).numpy().astype(np.float64)
    for lag in (0, 3, 6, 20):
        products = (found * np.roll(found, lag, axis=2)).mean()
        expected = max(width - lag, 0) / width**2
        assert products == pytest.approx(expected, abs=0.06 / width)
    between = (found[:, 0] * found[:, 1]).mean() / (found**2).mean()
    with_map = (found * smooth.numpy()).mean() / (found**2).mean()
    assert abs(between) < 0.05
    assert abs(with_map) < 0.02


def _truth_batch(rows: int = 3) -> tuple[Model, Batch]:
    return load_model("known-interaction"), batch(rows=rows)


def test_corruptions_of_the_truth_are_found_by_name() -> None:
    names = "truth,truth@10%,truth@100%,truth@blurred,truth@shifted,truth@sign,truth@flipped"
    found = find_methods(names)
    assert ",".join(method.name for method in found) == names
    model, given = _truth_batch()
    for method in found:
        assert method.control
        assert method.unsupported(model, evidence=False) is None
        assert method.attribute(model, given).shape == given.z.shape
        assert "exact attribution is known" in str(method.unsupported(MODEL, evidence=True))


@pytest.mark.parametrize("kind", ["0%", "101%", "07%", "7.5%", "%", "-5%"])
def test_a_share_that_is_none_is_refused(kind: str) -> None:
    with pytest.raises(UnknownNameError, match="control made of a method"):
        find_methods(f"truth@{kind}")


@pytest.mark.parametrize("percent", [1, 25, 60, 100])
def test_moved_takes_exactly_that_share_of_the_mass_and_keeps_the_sum(percent: int) -> None:
    """Of a map of one sign, as literal book-keeping has it."""
    (moved,) = find_methods(f"input-x-gradient@{percent}%")
    model, given = closed_form(Linear()), batch(rows=2)
    w = model.net.get_parameter("w")
    size = torch.rand(given.z.shape, generator=torch.Generator().manual_seed(5)) + 0.1
    given = replace(given, z=size / w)  # its input x gradient is `size`
    found = moved.attribute(model, given).double()
    torch.testing.assert_close(found.sum(dim=(1, 2)), size.double().sum(dim=(1, 2)))
    before, after = size.double().flatten(1), found.flatten(1)
    # What samples lost is at most what was taken, and more only by what landed back on them.
    lost = (before - after).clamp_min(0).sum(dim=1) / before.sum(dim=1)
    assert (lost <= percent / 100 + 1e-6).all()
    landed_there = (percent / 100) ** 2  # on samples that were taken from, as on all
    assert (lost > percent / 100 - landed_there - 0.02).all()
    assert not torch.equal(found[0], found[1])


def test_moved_takes_whole_samples_but_one() -> None:
    model, given = _truth_batch(rows=1)
    truth, moved = find_methods("truth,truth@40%")
    before, after = (one.attribute(model, given).flatten().double() for one in (truth, moved))
    read = before != 0
    untouched, emptied = (after == before)[read], (after == 0)[read]
    # All others but the one of which a part was taken have something from elsewhere on top.
    assert (untouched | emptied).sum() >= 0.75 * read.sum()
    mass = before.abs()
    assert float(mass[read][emptied].sum() / mass.sum()) == pytest.approx(0.4, abs=0.09)


def test_blurred_is_a_gaussian_of_50_ms_and_keeps_the_sum() -> None:
    model = closed_form(Linear())
    (blurred,) = find_methods("input-x-gradient@blurred")
    w = model.net.get_parameter("w")
    spike = torch.zeros(1, 12, 1000)
    spike[0, 4, 300] = 1.0
    found = blurred.attribute(model, replace(batch(rows=1), z=spike / w))[0]
    at = torch.arange(1000) / 100 - 3.0
    gaussian = torch.exp(-(at**2) / (2 * 0.05**2))
    torch.testing.assert_close(found[4], gaussian / gaussian.sum(), atol=1e-5, rtol=0)
    assert found[:4].abs().max() < 1e-6


def test_shifted_is_100_ms_late_and_comes_in_at_the_beginning() -> None:
    model, given = _truth_batch()
    truth, shifted = find_methods("truth,truth@shifted")
    before, after = truth.attribute(model, given), shifted.attribute(model, given)
    assert torch.equal(after[:, :, 10:], before[:, :, :-10])
    assert torch.equal(after[:, :, :10], before[:, :, -10:])


def test_without_signs_sizes_are_left() -> None:
    model, given = _truth_batch()
    truth, unsigned = find_methods("truth,truth@sign")
    assert torch.equal(unsigned.attribute(model, given), truth.attribute(model, given).abs())


def test_a_change_that_leaves_nothing_to_move_moves_nothing() -> None:
    model, given = _truth_batch(rows=1)
    (moved,) = find_methods("truth@50%")
    assert not moved.attribute(model, replace(given, z=torch.zeros_like(given.z))).any()


def test_each_recording_has_an_untrained_net_of_its_own_and_its_versions_have_the_same() -> None:
    model = load_model("resnet1d")
    method, untrained = find_methods("saliency,saliency@untrained")
    one = row_of(batch(rows=1), 0)
    assert one.recording_seeds is not None
    # The same recording four times, the last time as a version of the third.
    seeds = torch.tensor([3, 4, 5, 5])
    given = replace(
        one.versions(torch.zeros(4, dtype=torch.int64), one.z.repeat(4, 1, 1)),
        recording_seeds=seeds,
    )
    found = untrained.attribute(model, given)
    for row, seed in enumerate(seeds.tolist()):
        expected = method.attribute(model.before_training(seed), one)[0]
        torch.testing.assert_close(found[row], expected)
    for first, second in combinations(found[:3].flatten(1), 2):
        assert torch.cosine_similarity(first, second, dim=0).abs() < 0.3
    versions = given.versions(torch.tensor([1, 0]), given.z[:2])
    swapped = untrained.attribute(model, versions)
    torch.testing.assert_close(swapped, found[[1, 0]])


def test_a_run_draws_untrained_nets_by_seed_and_record_id() -> None:
    model = load_model("resnet1d")
    (untrained,) = find_methods("saliency@untrained")
    given = replace(batch(rows=2), recording_seeds=None)
    maps = [
        explain_batch(model, given, [untrained], names, seed)["saliency@untrained"].values
        for names, seed in ((("a", "b"), 0), (("a", "c"), 0), (("a", "b"), 1))
    ]
    torch.testing.assert_close(maps[0][0], maps[1][0])
    assert (maps[0][1] - maps[1][1]).abs().max() > 1e-3, "another recording, another net"
    assert (maps[0][0] - maps[2][0]).abs().max() > 1e-3, "another seed, another net"


def test_few_untrained_nets_are_kept_of_a_large_net(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Linear()
    model = closed_form(net)
    monkeypatch.setattr("xai_bench.models.model._BYTES_OF_NETS", 3 * net.w.nbytes)
    kept = model.before_training(1)
    for seed in (2, 3, 1):
        model.before_training(seed)
    assert model.before_training(1) is kept
    for seed in (4, 5, 6):
        model.before_training(seed)
    assert model.before_training(1) is not kept
