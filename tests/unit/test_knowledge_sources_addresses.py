"""Which machines a source may be read from, and one spelling for each address."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.sources.addresses import why_not
from knowledge.sources.urls import MAX_PATH, normalised, path_of, same_page, scope_of

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.3.4", "192.168.0.1", "100.64.0.1", "198.18.0.1", "::1", "fd00::1",
    "fec0::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1",
]  # fmt: skip
NEVER = [
    "169.254.169.254", "169.254.170.2", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "0.0.0.0",
    "::", "224.0.0.1", "ff02::1", "240.0.0.1", "255.255.255.255", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::", "::127.0.0.1", "not an address", "", "fd00:ec2::23", "fd20:ce::254",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_the_operators_word(address: str) -> None:
    assert why_not(address, allow_private=False)
    assert not why_not(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_never_asked(address: str) -> None:
    assert why_not(address, allow_private=False)
    assert why_not(address, allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_fine(address: str) -> None:
    assert why_not(address, allow_private=False) == ""


@given(st.ip_addresses(v=4))
def test_no_spelling_of_an_address_in_ipv6_opens_what_ipv4_closes(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    spellings = [f"::ffff:{address}", str(ipaddress.IPv6Address((0x64FF9B << 96) | number))]
    spellings.append(str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))))

    for spelled in spellings:
        assert bool(why_not(spelled, allow_private=False)) == bool(why_not(str(address), allow_private=False))


@pytest.mark.parametrize(
    ("written", "spelled"),
    [
        (
            "HTTPS://Docs.Example.com:443/a/../b?utm_source=x&b=2&a=1#top",
            "https://docs.example.com/b?a=1&b=2",
        ),
        ("//docs.example.com", "https://docs.example.com/"),
        ("%7Euser/x y", "https://docs.example.com/docs/~user/x%20y"),
        ("/docs/%2e%2E/admin", "https://docs.example.com/admin"),
        ("/a%2fb%", "https://docs.example.com/a%2Fb%25"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("javascript:alert(1)", ""),
        ("https://user:secret@docs.example.com/", ""),
        ("file:///etc/passwd", ""),
        ("http://docs.example.com:port/", ""),
    ],
)
def test_an_address_has_one_spelling(written: str, spelled: str) -> None:
    assert normalised(written, "https://docs.example.com/docs/") == spelled


@given(st.text(max_size=60))
def test_spelling_is_settled_after_once_and_never_leaves_the_web(text: str) -> None:
    url = normalised(text, "https://docs.example.com/docs/")

    assert url == "" or (normalised(url) == url and url.startswith(("http://", "https://")) and url.isascii())
    assert "/../" not in url
    assert len(path_of(url)) <= MAX_PATH if url else True


def test_a_scope_is_a_host_and_a_folder() -> None:
    scope = scope_of("https://docs.example.com/docs/start.html")

    assert scope.holds("https://docs.example.com/docs/a")
    assert scope.holds("https://docs.example.com/docs")
    assert not scope.holds("https://docs.example.com/docs-old/a")
    assert not scope.holds("https://docs.example.com.evil.example/docs/a")
    assert not scope.holds(normalised("https://docs.example.com/docs/%2e%2e/admin"))


def test_slashes_and_index_pages_make_no_second_page() -> None:
    spelled = ["https://x.example/a", "https://x.example/a/", "http://x.example/a/index.html"]

    assert len({same_page(url) for url in spelled}) == 1
    assert {path_of(url) for url in spelled} == {"x.example/a"}
