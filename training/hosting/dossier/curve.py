"""Ed25519 signatures in plain Python (RFC 8032): what checks a dossier needs nothing but Python.

In a dossier, and wherever the verifier runs alone, the text of this file stands in that of verify.py, see `apart`.
"""

from __future__ import annotations

import hashlib

KEY, SIGNATURE = 32, 64  # bytes
FIELD, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
CURVE, ROOT = -121665 * pow(121666, FIELD - 2, FIELD) % FIELD, pow(2, (FIELD - 1) // 4, FIELD)
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE_Y = 4 * pow(5, FIELD - 2, FIELD) % FIELD
Point = tuple[int, int, int, int]
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % FIELD)


def _added(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % FIELD, (one[1] + one[0]) * (other[1] + other[0]) % FIELD
    c, d = 2 * one[3] * other[3] * CURVE % FIELD, 2 * one[2] * other[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def _times(number: int, point: Point) -> Point:
    found = (0, 1, 1, 0)
    while number:
        found = _added(found, point) if number & 1 else found
        point, number = _added(point, point), number >> 1
    return found


def _point(data: bytes) -> Point | None:
    """The point that 32 bytes stand for (RFC 8032, 5.1.3); None where they stand for none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    square = (y * y - 1) * pow(CURVE * y * y + 1, FIELD - 2, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if (x * x - square) % FIELD:
        x = x * ROOT % FIELD
    if y >= FIELD or (x * x - square) % FIELD or (x == 0 and sign):
        return None
    x = FIELD - x if x & 1 != sign else x
    return x, y, 1, x * y % FIELD


def signed(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature holds (RFC 8032, 5.1.7); never with a key of small order, where anything does."""
    if len(key) != KEY or len(signature) != SIGNATURE:
        return False
    owner, point, number = _point(key), _point(signature[:KEY]), int.from_bytes(signature[KEY:], "little")
    if owner is None or point is None or number >= ORDER or not _times(8, owner)[0]:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:KEY] + key + message).digest(), "little") % ORDER
    left, right = _times(number, BASE), _added(point, _times(digest, owner))
    return not any((left[n] * right[2] - right[n] * left[2]) % FIELD for n in (0, 1))
