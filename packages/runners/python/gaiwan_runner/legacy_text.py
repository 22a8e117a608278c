"""The `str` of Python 2 for old payloads: bytes that compare, join and split with text, as text of the characters 0 to 255.

Literals of a payload, its arguments and what it reads are such; what joins them with text beyond ASCII is plain text, as
Python 2 made it `unicode`.
"""

import builtins

_text = builtins.str


class _Kind(type):
    def __instancecheck__(cls, value):
        return isinstance(value, _text)


class Str(_text, metaclass=_Kind):
    """One character per byte (latin-1). Slices and results of its methods are `Str` again."""

    __slots__ = ()

    def __new__(cls, value=""):
        if type(value) is cls:
            return value
        if isinstance(value, (bytes, bytearray, memoryview)):
            return cls.of(value)
        return _text.__new__(cls, value)

    @classmethod
    def of(cls, data) -> "Str":
        return _text.__new__(cls, _text(data, "latin-1"))

    def __buffer__(self, flags):  # Python 3.12 and later: hashlib, base64 and their kind take it as bytes
        return memoryview(self.encode_bytes())

    def __bytes__(self):
        return self.encode_bytes()

    def __str__(self):
        return self

    def encode_bytes(self) -> bytes:
        return _text.encode(self, "latin-1")

    def decode(self, encoding="ascii", errors="strict"):
        return self.encode_bytes().decode(encoding, errors)

    def encode(self, encoding="ascii", errors="strict"):
        """Python 2 decodes as ASCII first: what is not ASCII raises UnicodeDecodeError."""
        return Str.of(self.decode().encode(encoding, errors))

    def splitlines(self, keepends=False):
        return [Str.of(line) for line in self.encode_bytes().splitlines(keepends)]

    def join(self, items):
        items = list(items)
        return _joined(_text.join(self, items), items)

    def __radd__(self, other):
        return _joined(_text.__add__(other, self), (other,))

    def __iter__(self):
        return map(Str, _text.__iter__(self))


def is_bytes(value) -> bool:
    return type(value) is Str


def _is_unicode(value) -> bool:
    return isinstance(value, _text) and type(value) is not Str and not value.isascii()


def _joined(result, parts):
    """Text that was made of parts: bytes, unless one of them was text beyond ASCII."""
    if any(map(_is_unicode, parts)):
        return result
    return _text.__new__(Str, result)


def _wrap(name: str):
    method = getattr(_text, name)

    def call(self, *args, **options):
        result = method(self, *args, **options)
        if isinstance(result, _text):
            return _joined(result, args[0] if name == "__mod__" and isinstance(args[0], tuple) else args)
        if isinstance(result, (list, tuple)):
            return type(result)(map(Str, result))
        return result

    call.__name__ = name
    setattr(Str, name, call)


for _name in (
    "__add__ __getitem__ __mul__ __rmul__ __mod__ capitalize center expandtabs format ljust lower lstrip partition "
    "replace rjust rpartition rsplit rstrip split strip swapcase title translate upper zfill"
).split():
    _wrap(_name)


def to_bytes(data):
    """What a payload writes, as bytes."""
    if isinstance(data, _text):
        try:
            return _text.encode(data, "latin-1")
        except UnicodeEncodeError:
            return _text.encode(data, "utf-8")
    return data


def narrow(module, names: str):
    """A module whose functions take and give `Str` for bytes."""
    copy = type(module)(module.__name__)
    copy.__dict__.update({name: value for name, value in vars(module).items() if not name.startswith("__")})

    def adapt(function):
        def call(*args):
            result = function(*(arg.encode_bytes() if is_bytes(arg) else arg for arg in args))
            if isinstance(result, tuple):
                return tuple(Str(item) if isinstance(item, bytes) else item for item in result)
            return Str(result) if isinstance(result, bytes) else result

        return call

    copy.__dict__.update({name: adapt(getattr(module, name)) for name in names.split()})
    return copy
