"""Cross-entropy over a large vocabulary, in pieces that stay in the CPU's cache. Loads PyTorch.

Shapes: N tokens, E width, V vocabulary, C tokens of a piece.
"""

from typing import Any

import torch
from torch.nn import functional

_PIECE = 512


def training_loss(h_NE: torch.Tensor, w_VE: torch.Tensor, y_N: torch.Tensor) -> torch.Tensor:
    """The summed loss in nats of predicting y from h through the head w."""
    if h_NE.device.type == "cpu" and not torch.is_autocast_enabled("cpu"):
        loss: torch.Tensor = _PiecewiseLoss.apply(h_NE, w_VE, y_N)  # type: ignore[no-untyped-call]
        return loss
    return functional.cross_entropy((h_NE @ w_VE.T).float(), y_N, reduction="sum")


@torch.no_grad()
def token_losses(h_NE: torch.Tensor, w_VE: torch.Tensor, y_N: torch.Tensor) -> torch.Tensor:
    """The loss in nats of each token, without gradients."""
    pieces = zip(h_NE.split(_PIECE), y_N.split(_PIECE), strict=True)
    return torch.cat(
        [functional.cross_entropy((h_CE @ w_VE.T).float(), y_C, reduction="none") for h_CE, y_C in pieces]
    )


class _PiecewiseLoss(torch.autograd.Function):
    """Loss and both gradients in one pass, so that no tensor of size N times V is ever allocated."""

    @staticmethod
    def forward(ctx: Any, h_NE: torch.Tensor, w_VE: torch.Tensor, y_N: torch.Tensor) -> torch.Tensor:
        dh_NE, dw_VE = torch.empty_like(h_NE), torch.zeros_like(w_VE)
        loss = torch.zeros((), dtype=torch.float32)
        for h_CE, dh_CE, y_C in zip(h_NE.split(_PIECE), dh_NE.split(_PIECE), y_N.split(_PIECE), strict=True):
            z_CV = h_CE @ w_VE.T
            z_CV.sub_(z_CV.amax(1, keepdim=True))
            target_C1 = z_CV.gather(1, y_C[:, None])
            sum_C1 = z_CV.exp_().sum(1, keepdim=True)
            loss += (sum_C1.log() - target_C1).sum()
            z_CV.div_(sum_C1)  # now the probabilities; less one at the target, they are the gradient
            z_CV.scatter_add_(1, y_C[:, None], z_CV.new_full((1, 1), -1.0).expand(len(y_C), 1))
            torch.mm(z_CV, w_VE, out=dh_CE)
            dw_VE.addmm_(z_CV.T, h_CE)
        ctx.save_for_backward(dh_NE, dw_VE)
        return loss

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, None]:
        dh_NE, dw_VE = ctx.saved_tensors
        return dh_NE * gradients[0], dw_VE * gradients[0], None
