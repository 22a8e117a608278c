"""The `str` of Python 2 for old payloads: bytes that compare, join and split with text, as text of the characters 0 to 255."""


class Str(str):
    """One character per byte (latin-1). Slices and results of its methods are `Str` again."""

    __slots__ = ()

    @classmethod
    def of(cls, data) -> "Str":
        return cls(str(data, "latin-1"))

    def __buffer__(self, flags):  # Python 3.12 and later: struct, hashlib, base64 take it as bytes
        return memoryview(self.encode_bytes())

    def __bytes__(self):
        return self.encode_bytes()

    def encode_bytes(self) -> bytes:
        return str.encode(self, "latin-1")

    def decode(self, encoding="ascii", errors="strict"):
        return self.encode_bytes().decode(encoding, errors)

    def encode(self, encoding="ascii", errors="strict"):
        """Python 2 decodes as ASCII first: what is not ASCII raises UnicodeDecodeError."""
        return Str.of(self.decode().encode(encoding, errors))

    def __iter__(self):
        return map(Str, str.__iter__(self))


def _wrap(name: str):
    method = getattr(str, name)

    def call(self, *args, **options):
        result = method(self, *args, **options)
        if isinstance(result, str):
            return Str(result)
        if isinstance(result, (list, tuple)):
            return type(result)(map(Str, result))
        return result

    call.__name__ = name
    setattr(Str, name, call)


for _name in (
    "__add__ __getitem__ __mul__ __rmul__ __mod__ capitalize center expandtabs format join ljust lower lstrip partition "
    "replace rjust rpartition rsplit rstrip split strip swapcase title translate upper zfill"
).split():
    _wrap(_name)


def _splitlines(self, keepends=False):
    return [Str.of(line) for line in self.encode_bytes().splitlines(keepends)]


Str.splitlines = _splitlines


def to_bytes(data):
    """What a payload writes, as bytes: text must be bytes already, or ASCII."""
    if isinstance(data, Str):
        return data.encode_bytes()
    if isinstance(data, str):
        try:
            return data.encode("latin-1")
        except UnicodeEncodeError:
            return data.encode("utf-8")
    return data
