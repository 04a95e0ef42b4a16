"""Where a cart is paid or ordered."""

from __future__ import annotations

import string
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from server.dialogue.policy import Rules

FIELDS = ("plan", "seats", "period", "ref", "currency", "addons", "code")


def web_address(url: str) -> str:
    """An address of the web without a user; raises `ValueError` with what to write."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc or " " in url:
        raise ValueError(
            f"{url!r} is no address of the web; write it like https://app.acme.example/hooks/trials"
        )
    return url


def _template(text: str) -> str:
    try:
        named = [name for _, name, spec, _ in string.Formatter().parse(text) if name is not None or spec]
    except ValueError:
        raise ValueError("a brace is not closed; write {{ and }} for braces of the address itself") from None
    unknown = [name for name in named if name not in FIELDS]
    if unknown:
        raise ValueError(
            f"there is no value {unknown[0]!r}; use {', '.join(f'{{{name}}}' for name in FIELDS)}"
        )
    if "ref" not in named:
        raise ValueError("add {ref}, so that an order can be matched with its cart")
    web_address(text.format(**dict.fromkeys(FIELDS, "x")))
    if "{" in urlsplit(text).netloc:
        raise ValueError("the host can not depend on the cart; put values into path or query")
    return text


class CheckoutRules(Rules):
    """Where a cart is paid or ordered."""

    kind: Literal["page", "stripe", "template"] = "page"
    url: Annotated[str, Field(max_length=1_000), AfterValidator(_template)] | None = None
    """Of your own shop, for `template`."""

    @model_validator(mode="after")
    def _a_template_has_an_address(self) -> CheckoutRules:
        if self.kind == "template" and self.url is None:
            raise ValueError(
                "kind template needs url, such as https://shop.acme.example/buy?plan={plan}&ref={ref}"
            )
        if self.kind != "template" and self.url is not None:
            raise ValueError(f"url is for kind template, and the kind is {self.kind}; change one of them")
        return self
