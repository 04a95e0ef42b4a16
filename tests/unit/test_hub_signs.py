"""What is true for a moment: told to those who look; how far one has read to who comes later too."""

from __future__ import annotations

from server.hub import Hub, Sign


def heard(hub: Hub, conversation: str, *signs: Sign) -> list[Sign]:
    with hub.watch(conversation, "person") as queue:
        for sign in signs:
            hub.sign("c1", sign)
        return [queue.get_nowait() for _ in range(queue.qsize())]


def test_only_who_looks_at_the_conversation_hears_of_typing_and_nobody_later() -> None:
    hub, typing = Hub(), Sign("typing", "person", name="Fernway")

    hub.sign("c1", typing)

    assert heard(hub, "c1") == []
    assert heard(hub, "c1", typing) == [typing]
    assert heard(hub, "c2", typing) == []


def test_how_far_was_read_only_rises_and_is_told_to_who_comes_later() -> None:
    hub = Hub()

    for up_to in (3, 5, 4):
        hub.sign("c1", Sign("seen", "person", up_to=up_to))

    assert heard(hub, "c1") == [Sign("seen", "person", up_to=5)]
    assert heard(hub, "c1", Sign("seen", "person", up_to=5), Sign("seen", "person", up_to=6))[1:] == [
        Sign("seen", "person", up_to=6)
    ]


def test_who_can_not_keep_up_loses_signs_and_nothing_else() -> None:
    hub, typing = Hub(), Sign("typing", "person")

    assert len(heard(hub, "c1", *[typing] * 100)) == 16
