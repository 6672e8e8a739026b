"""One content, one sequence of bytes, one hash: what is published can be re-checked anywhere."""

import hashlib
import hmac
import json
from typing import Any, NoReturn


def canonical(content: Any) -> bytes:
    """JSON with sorted keys and no white space; ValueError unless every number is whole.

    >>> canonical({"b": 1, "a": "æ"})
    b'{"a":"\\xc3\\xa6","b":1}'
    >>> canonical({"share": 0.5})
    Traceback (most recent call last):
    ValueError: 0.5 is not a whole number: languages write it in different ways
    """
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    json.loads(text, parse_float=_not_whole, parse_constant=_not_whole)
    return text.encode()


def _not_whole(number: str) -> NoReturn:
    raise ValueError(f"{number} is not a whole number: languages write it in different ways")


def sha256(content: bytes) -> str:
    """The SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def keyed_digest(key: bytes, content: bytes) -> str:
    """HMAC-SHA-256 in hex: proves the content to whoever holds the key and tells nothing to others."""
    return hmac.new(key, content, hashlib.sha256).hexdigest()
