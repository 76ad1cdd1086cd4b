"""Chance that nobody can foresee: who is drawn, and the noise.

AES-256 in counter mode under a key that the operating system gives, so that neither the noise nor
the sample can be computed again. torch's and numpy's generators (Mersenne Twister, Philox, PCG64)
can be run forward and back by whoever saw enough of their output.
"""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
NAME = "AES-256-CTR, keyed by the operating system"
_AT_ONCE = 1 << 20


class SecureRandom:
    """A stream of random numbers that is never repeated and never stored."""

    def __init__(self, key: bytes | None = None) -> None:
        """`key` (32 bytes) is for tests: whoever knows it can take the noise off again."""
        self._stream = Cipher(
            algorithms.AES(os.urandom(32) if key is None else key), modes.CTR(bytes(16))
        ).encryptor()

    def words(self, count: int) -> npt.NDArray[np.uint64]:
        """Uniform 64-bit numbers."""
        return np.frombuffer(self._stream.update(bytes(8 * count)), dtype="<u8")

    def chances(self, count: int, probability: float) -> npt.NDArray[np.bool_]:
        """Independent draws, each true with this probability (0-1)."""
        if probability >= 1:
            return np.ones(count, dtype=np.bool_)
        drawn: npt.NDArray[np.bool_] = self.words(count) < np.uint64(int(probability * 2**64))
        return drawn

    def some(self, items: Sequence[T], at_most: int) -> tuple[T, ...]:
        """So many different ones, each choice equally likely; all where there are no more."""
        if len(items) <= at_most:
            return tuple(items)
        order = np.argsort(self.words(len(items)))[:at_most]
        return tuple(items[place] for place in sorted(order.tolist()))

    def normal(self, like: "torch.Tensor", std: float) -> "torch.Tensor":
        """Gaussian noise of the shape, the device and the type of `like`.

        Half the sum of four Gaussians in double precision: from one alone the value without noise
        can be read off its last bits (arXiv 2107.10138, section 5.1; 2112.05307).
        """
        import torch

        made = torch.empty(like.numel(), dtype=like.dtype, device=like.device)
        for start in range(0, like.numel(), _AT_ONCE):
            part = made[start : start + _AT_ONCE]
            part.copy_(self._four(part.numel(), like.device) * std)
        return made.view_as(like)

    def _four(self, count: int, device: "torch.device") -> "torch.Tensor":
        import torch

        words = self.words(4 * count) >> np.uint64(11)
        uniform = (words.astype(np.float64) + 0.5) * 2.0**-53  # (0, 1), neither end
        first, second = torch.from_numpy(uniform).to(device).view(2, 2, count)
        radius, angle = torch.sqrt(-2 * torch.log(first)), 2 * torch.pi * second
        pairs: torch.Tensor = radius * (torch.cos(angle) + torch.sin(angle))  # (2, count)
        return pairs.sum(dim=0) / 2
