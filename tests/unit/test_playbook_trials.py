"""Where a trial is told to: addresses of visitors never travel in the clear over a network of others."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from server.playbook.trials import ProvisioningRules


@pytest.mark.parametrize(
    ("url", "allow_private"),
    [
        ("https://app.acme.example/hooks", False),
        ("http://localhost:8000/hooks", True),
        ("http://127.0.0.1:8000/hooks", True),
        ("http://product:8000/hooks", True),
    ],
)
def test_a_product_is_told_by_https_or_inside_ones_own_network(url: str, allow_private: bool) -> None:
    assert ProvisioningRules(url=url, allow_private=allow_private).place().url == url


@pytest.mark.parametrize(
    ("url", "allow_private"),
    [
        ("http://app.acme.example/hooks", False),
        ("http://app.acme.example/hooks", True),
        ("http://127.0.0.1.evil.example/hooks", True),
        ("http://localhost:8000/hooks", False),
        ("http://[2001:db8::1]/hooks", True),
    ],
)
def test_a_product_is_not_told_in_the_clear(url: str, allow_private: bool) -> None:
    with pytest.raises(ValidationError, match=r"in the clear; write https://"):
        ProvisioningRules(url=url, allow_private=allow_private)
