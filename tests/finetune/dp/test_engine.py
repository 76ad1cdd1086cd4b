"""One unit's gradient, taken apart from the others' and clipped: hooks, ghost, and by hand."""

import pytest

from privrag.errors import TrainingError
from privrag_finetune.dp import engine
from privrag_finetune.dp.engine import UnitGradients
from privrag_finetune.generator.encoded import Encoded, padded, row_losses
from tests.finetune.dp.tiny import tiny_adapter, tiny_base, units

CLIP = 5.0
"""Some gradients are longer and some are not."""


@pytest.fixture(scope="module")
def model():
    return tiny_adapter()


def summed(model, drawn, *, method="hooks", rows_at_once=8, clip=CLIP):
    import torch

    with UnitGradients(
        model, clip=clip, pad=0, method=method, rows_at_once=rows_at_once
    ) as gradients:
        return torch.cat([g.flatten() for g in gradients.clipped_sum(drawn)])


def by_hand(model, drawn, clip=CLIP):
    """One unit after the other, one row after the other, by autograd alone."""
    import torch

    parameters = [p for p in model.parameters() if p.requires_grad]
    total = 0
    for unit in drawn:
        own = 0
        for one in unit:
            loss = row_losses(model, padded([one], pad=0)).sum() / len(unit)
            found = torch.autograd.grad(loss, parameters)
            own = own + torch.cat([gradient.flatten() for gradient in found])
        total = total + own * min(1.0, clip / (float(own.norm()) + 1e-6))
    return total


def multiplied(factor, row):
    """Losses where that of every row with these tokens is so many times as large."""
    import torch

    def losses(model, batch):
        read = zip(batch["input_ids"], batch["attention_mask"], strict=True)
        own = [tuple(ids[mask.bool()].tolist()) == row.input_ids for ids, mask in read]
        return row_losses(model, batch) * torch.where(torch.tensor(own), factor, 1.0)

    return losses


def test_hooks_and_ghost_and_single_rows_by_hand_agree(model):
    drawn = list(units(7).values())
    expected = by_hand(model, drawn)
    assert float(expected.norm()) > 1
    for method in ("hooks", "ghost"):
        assert (summed(model, drawn, method=method) - expected).abs().max() < 1e-5


def test_the_sum_is_that_of_opacus_where_every_unit_is_one_row():
    import torch
    from opacus.grad_sample import GradSampleModule
    from opacus.optimizers import DPOptimizer

    model = tiny_adapter()
    rows = [unit[0] for unit in units(5).values()]
    ours = summed(model, [(one,) for one in rows])
    GradSampleModule(model, loss_reduction="sum")
    own = [p for p in model.parameters() if p.requires_grad]
    optimizer = DPOptimizer(
        torch.optim.SGD(own, lr=0.0), noise_multiplier=0.0, max_grad_norm=CLIP,
        expected_batch_size=1, loss_reduction="sum",
    )  # fmt: skip
    model.train()
    with pytest.warns(UserWarning, match="Full backward hook"):
        row_losses(model, padded(rows, pad=0)).sum().backward()
    optimizer.clip_and_accumulate()
    theirs = torch.cat([p.summed_grad.flatten() for p in own])
    assert (ours - theirs).abs().max() < 1e-5


@pytest.mark.parametrize("method", ["hooks", "ghost"])
def test_rows_at_once_do_not_change_the_sum(model, method):
    drawn = list(units(7).values())
    expected = summed(model, drawn, method=method, rows_at_once=64)
    for rows_at_once in (1, 3):
        found = summed(model, drawn, method=method, rows_at_once=rows_at_once)
        assert (found - expected).abs().max() < 1e-5


@pytest.mark.parametrize("method", ["hooks", "ghost"])
def test_a_unit_adds_no_more_than_the_clip_however_large_its_gradient_is(
    model, method, monkeypatch
):
    """The loss of one unit is made a million times as large, in all of its rows."""
    others, villain = list(units(4).values()), tuple(Encoded("v", "v", (59,) * 9, 3) for _ in "123")
    monkeypatch.setattr(engine, "row_losses", multiplied(1e6, villain[0]))
    with_it = summed(model, [*others, villain], method=method, clip=0.5)
    without = summed(model, others, method=method, clip=0.5)
    assert 0.49 < float((with_it - without).norm()) <= 0.5 + 1e-4
    with UnitGradients(model, clip=0.5, pad=0, method=method) as gradients:
        assert max(gradients.norms([villain])) > 1e5


@pytest.mark.parametrize("method", ["hooks", "ghost"])
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_unit_whose_gradient_is_no_number_counts_as_nothing(model, method, bad, monkeypatch):
    import torch

    drawn = list(units(5).values())
    expected = summed(model, [unit for n, unit in enumerate(drawn) if n != 3], method=method)
    with UnitGradients(model, clip=CLIP, pad=0, method=method, rows_at_once=64) as gradients:
        monkeypatch.setattr(engine, "row_losses", multiplied(bad, drawn[3][0]))
        done = gradients.clipped_sum(drawn)
    assert (torch.cat([g.flatten() for g in done]) - expected).abs().max() < 1e-5


def test_no_units_add_nothing(model):
    assert summed(model, []).abs().max() == 0


def test_the_model_is_left_without_hooks(model):
    before = set(dir(next(p for p in model.parameters() if p.requires_grad)))
    summed(model, list(units(2).values()))
    assert not any(m._forward_hooks or m._backward_hooks for m in model.modules())
    assert set(dir(next(p for p in model.parameters() if p.requires_grad))) == before
    assert not model.training


def checkpointing():
    made = tiny_adapter()
    made.activation_checkpointing_enable()
    return made


def whole_layers():
    return tiny_adapter(target_modules=["q_proj"], modules_to_save=["lm_head"])


def magnitudes():
    return tiny_adapter(target_modules=["q_proj"], use_dora=True)


def frozen():
    made = tiny_adapter()
    made.requires_grad_(False)
    return made


def half():
    return tiny_adapter().bfloat16()


def of_the_head():
    """Its input is the learnt tokens of all rows, laid end to end."""
    return tiny_adapter(target_modules=["q_proj", "lm_head"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (checkpointing, "gradient checkpointing"),
        (whole_layers, "modules_to_save"),
        (magnitudes, "no linear layer of a LoRA adapter"),
        (tiny_base, "add one to the model"),
        (frozen, "no weight of the adapter is trained"),
        (half, "not fp32"),
        (of_the_head, "cannot be taken apart"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_in_a_sentence(make, message):
    with pytest.raises(TrainingError, match=message):
        UnitGradients(make(), clip=1.0, pad=0)


def test_ghost_clipping_in_bf16_is_refused(model):
    with pytest.raises(TrainingError, match="use hooks, or fp32"):
        UnitGradients(model, clip=1.0, pad=0, method="ghost", bf16=True)


def test_bf16_keeps_the_bound(model):
    import torch

    with UnitGradients(model, clip=0.5, pad=0, bf16=True) as gradients:
        one = gradients.clipped_sum(list(units(1).values()))
    assert 0.49 < float(torch.cat([g.flatten() for g in one]).norm()) <= 0.5 + 1e-5
