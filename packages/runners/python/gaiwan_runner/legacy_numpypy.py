"""The part of PyPy's `_numpypy` that payloads for Teaclave use (contract 4.4): arrays of float64 in plain Python.

Covered: array, zeros, frombuffer; reshape, max, min, sum, dot, T, shape, item get and set by number or tuple; arithmetic
with broadcasting; exp and log. Printing is PyPy's: one bracket whatever the rank. Comparisons, slices, other dtypes are not.
"""

import math
import operator
import struct
import types

from .legacy_text import to_bytes


class float64(float):
    """A single number out of an array: stays one under arithmetic, and marshals as its bytes."""

    shape = ()

    def raw_bytes(self):
        return struct.pack("<d", self)

    def __str__(self):
        return _digits(self)


class ndarray:
    """Row-major: `values` is flat."""

    def __init__(self, values, shape):
        self.values, self.shape = values, shape

    size = property(lambda self: len(self.values))
    ndim = property(lambda self: len(self.shape))
    T = property(lambda self: self._transposed())

    def raw_bytes(self):
        return struct.pack(f"<{len(self.values)}d", *self.values)

    def reshape(self, *shape):
        shape = _shape(shape[0] if len(shape) == 1 else shape)
        if -1 in shape:
            known = -math.prod(shape)
            shape = tuple(len(self.values) // max(1, known) if n == -1 else n for n in shape)
        if math.prod(shape) != len(self.values):
            raise ValueError("total size of new array must be unchanged")
        return ndarray(list(self.values), shape)

    def _transposed(self):
        if len(self.shape) < 2:
            return self
        if len(self.shape) > 2:
            raise NotImplementedError("T of more than two dimensions")
        rows, columns = self.shape
        return ndarray([x for c in range(columns) for x in self.values[c::columns]], (columns, rows))

    def _along(self, axis, reduce):
        if axis is None:
            return float64(reduce(self.values))
        axis %= len(self.shape)
        inner = math.prod(self.shape[axis + 1 :])
        step = inner * self.shape[axis]
        lanes = (self.values[o + i : o + step : inner] for o in range(0, len(self.values), step or 1) for i in range(inner))
        return _shaped(list(map(reduce, lanes)), self.shape[:axis] + self.shape[axis + 1 :])

    def sum(self, axis=None):
        return self._along(axis, sum)

    def max(self, axis=None):
        return self._along(axis, max)

    def min(self, axis=None):
        return self._along(axis, min)

    def mean(self, axis=None):
        return self._along(axis, lambda lane: sum(lane) / len(lane))

    def dot(self, other):
        other = array(other)
        if not self.shape or not other.shape:
            return self * other
        inner = self.shape[-1]
        if other.shape[0] != inner or max(len(self.shape), len(other.shape)) > 2:
            raise ValueError("objects are not aligned")
        width = math.prod(other.shape[1:])
        columns = [other.values[c::width] for c in range(width)]
        rows = (self.values[at : at + inner] for at in range(0, len(self.values), inner or 1))
        return _shaped([sum(map(operator.mul, row, c)) for row in rows for c in columns], self.shape[:-1] + other.shape[1:])

    def _place(self, key):
        """Offset and shape of an item."""
        key = key if isinstance(key, tuple) else (key,)
        if len(key) > len(self.shape):
            raise IndexError("invalid index")
        at = 0
        for index, length in zip(key, self.shape):
            if not -length <= index < length:
                raise IndexError("index out of bounds")
            at = at * length + index % length
        shape = self.shape[len(key) :]
        return at * math.prod(shape), shape

    def __getitem__(self, key):
        at, shape = self._place(key)
        return _shaped(self.values[at : at + math.prod(shape)], shape)

    def __setitem__(self, key, value):
        at, shape = self._place(key)
        self.values[at : at + math.prod(shape)] = _spread(array(value), shape)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object")
        return self.shape[0]

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __neg__(self):
        return ndarray([-x for x in self.values], self.shape)

    def __float__(self):
        return float(*self.values)

    def __str__(self):
        return "[" + " ".join(map(_digits, self.values)) + "]"


def _digits(value):
    """`str` of a float in Python 2: 12 digits."""
    text = f"{float(value):.12g}"
    return text if set(text) & set(".en") else text + ".0"


def _shape(shape):
    return tuple(shape) if isinstance(shape, (tuple, list)) else (int(shape),)


def _shaped(values, shape):
    return ndarray(values, shape) if shape else float64(values[0])


def array(value, dtype="float64"):
    if dtype not in ("float64", "d", float):
        raise TypeError(f"arrays are of float64, not {dtype!r}")
    if isinstance(value, ndarray):
        return value
    if isinstance(value, (list, tuple)):
        items = [array(item) for item in value]
        inner = items[0].shape if items else ()
        if any(item.shape != inner for item in items):
            raise ValueError("setting an array element with a sequence")
        return ndarray([x for item in items for x in item.values], (len(items), *inner))
    return ndarray([float(value)], ())


def zeros(shape, dtype="float64"):
    shape = _shape(shape)
    return ndarray([0.0] * math.prod(shape), shape)


def frombuffer(data, dtype="float64"):
    data = bytes(to_bytes(data))
    if len(data) % 8:
        raise ValueError("buffer size must be a multiple of element size")
    return ndarray(list(struct.unpack(f"<{len(data) // 8}d", data)), (len(data) // 8,))


def _spread(a, shape):
    """The values of `a`, broadcast to `shape`."""
    if a.shape == shape:
        return a.values
    if len(a.values) == 1:
        return a.values * math.prod(shape)
    padded = (1,) * (len(shape) - len(a.shape)) + a.shape
    if len(padded) > len(shape) or any(have not in (1, want) for have, want in zip(padded, shape)):
        raise ValueError("operands could not be broadcast together")
    values, block = a.values, 1
    for have, want in zip(reversed(padded), reversed(shape)):
        block *= have
        if have != want:
            values = [x for at in range(0, len(values), block) for x in values[at : at + block] * want]
            block *= want
    return values


def _binary(a, b, operation):
    if isinstance(a, float64) and not isinstance(b, ndarray):
        return float64(operation(float(a), float(b)))
    a, b = array(a), array(b)
    rank = max(len(a.shape), len(b.shape))
    pad = lambda shape: (1,) * (rank - len(shape)) + shape  # noqa: E731
    shape = tuple(m if n == 1 else n for n, m in zip(pad(a.shape), pad(b.shape)))
    return _shaped(list(map(operation, _spread(a, shape), _spread(b, shape))), shape)


def _divide(a, b):
    if b:
        return a / b
    return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1, b)


def _define(name, operation):
    for kind in (ndarray, float64):
        setattr(kind, f"__{name}__", lambda self, other: _binary(self, other, operation))
        setattr(kind, f"__r{name}__", lambda self, other: _binary(array(other), self, operation))


for _name, _operation in (
    ("add", operator.add),
    ("sub", operator.sub),
    ("mul", operator.mul),
    ("truediv", _divide),
    ("pow", operator.pow),
):
    _define(_name, _operation)
float64.__neg__ = lambda self: float64(-float(self))


def _exp(x):
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def _log(x):
    return math.log(x) if x > 0 else -math.inf if x == 0 else math.nan


def _unary(function):
    return lambda x: _shaped(list(map(function, array(x).values)), array(x).shape)


def modules():
    """What `import _numpypy` gives, by name."""
    multiarray = types.ModuleType("_numpypy.multiarray")
    multiarray.__dict__.update(array=array, zeros=zeros, frombuffer=frombuffer, ndarray=ndarray, dot=lambda a, b: array(a).dot(b))
    umath = types.ModuleType("_numpypy.umath")
    umath.__dict__.update(exp=_unary(_exp), log=_unary(_log))
    package = types.ModuleType("_numpypy")
    package.__dict__.update(multiarray=multiarray, umath=umath, __path__=[])
    return {"_numpypy": package, "_numpypy.multiarray": multiarray, "_numpypy.umath": umath}
