"""What the questions share: the true class, (W, b), the gradient, the maps of other methods."""

import pytest
import torch

from tests.closed_forms import FiveLinear, Linear, TwoLinear, closed_form
from tests.studies.native_audit.audited_nets import Bent, audited, recordings
from xai_bench.errors import InputError
from xai_bench.studies.native_audit.audited_net import COMPARED, AuditedNet


def test_a_net_that_explains_nothing_is_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="does not write its own weights.*such as imn") as caught:
        AuditedNet(model=closed_form(Linear()), recordings=recordings())
    assert "\n" not in str(caught.value)


def test_the_explained_class_is_the_true_one() -> None:
    net = TwoLinear()
    given = audited(net)
    assert given.batch.target.tolist() == given.truth[:, 0].tolist() == [0, 1] * 4
    contrast = net.w[1] - net.w[0]
    torch.testing.assert_close(given.weights[1], contrast)
    torch.testing.assert_close(given.weights[0], -contrast)
    assert given.bias.tolist() == [0.75, -0.75] * 4
    torch.testing.assert_close(
        given.log_odds, (given.terms.double().sum(dim=(1, 2)) + given.bias), rtol=0, atol=1e-4
    )
    literal = (contrast * given.z).sum(dim=(1, 2)).double() - 0.75
    columns = torch.from_numpy(given.columns(given.z, given.log_odds))
    torch.testing.assert_close(columns, literal[:, None], rtol=0, atol=1e-4)


def test_the_gradient_goes_through_the_weights() -> None:
    net = Bent()
    given = audited(net, n=3)
    for row, z in enumerate(given.z.double().numpy()):
        sign = 1 if given.batch.target[row] == 1 else -1
        literal = torch.from_numpy(sign * net.literal(z)[2]).float()
        torch.testing.assert_close(given.gradient[row], literal, rtol=1e-2, atol=1e-5)


def test_methods_are_compared_on_the_first_recordings() -> None:
    given = AuditedNet(model=closed_form(TwoLinear()), recordings=recordings(COMPARED + 2))
    assert set(given.maps) == {"native", "saliency", "input-x-gradient", "ig", "random"}
    torch.testing.assert_close(given.maps["native"], given.terms[:COMPARED])
    torch.testing.assert_close(given.maps["saliency"], given.weights[:COMPARED])
    torch.testing.assert_close(given.maps["ig"], given.terms[:COMPARED], rtol=1e-3, atol=1e-5)
    assert given.unable == {"gradcam": "gradcam needs a cam_layer in the model card"}
    few = audited(TwoLinear(), n=3)
    assert len(few.maps["random"]) == few.compared == 3
    torch.testing.assert_close(few.maps["random"], given.maps["random"][:3])


def test_every_class_of_a_multi_label_net_is_a_column() -> None:
    net = FiveLinear()
    model = closed_form(net, labels={"task": "superclass"})
    given = AuditedNet(model=model, recordings=recordings(4))
    literal = (net.w * given.z[:, None]).sum(dim=(2, 3)) + torch.tensor(net.bias)
    columns = torch.from_numpy(given.columns(given.z, given.log_odds))
    torch.testing.assert_close(columns, literal.double(), rtol=0, atol=1e-4)
    rows = torch.arange(4)
    torch.testing.assert_close(given.log_odds, columns[rows, given.batch.target], atol=1e-4, rtol=0)
