"""What arguments may be."""

from __future__ import annotations

from typing import TypeAlias, Union

#: A key, field or value: bytes as they are, str as UTF-8, numbers as text, everything else by its buffer.
Word: TypeAlias = Union[bytes, str, int, float, bytearray, memoryview]  # noqa: UP007
