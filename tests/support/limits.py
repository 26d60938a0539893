"""Discord's limits, counted as its clients do, where that is more than its servers count."""

import discord

from bot.render import Reply


def units(text: str | None) -> int:
    """The UTF-16 code units of a text; a half of a sign, which can't be sent, is an error."""
    return len((text or "").encode("utf-16-le")) // 2


def check_embed(embed: discord.Embed) -> None:
    """Fail where Discord would refuse an embed."""
    parts = (embed.title, embed.author.name, embed.description, embed.footer.text)
    for part, limit in zip(parts, (256, 256, 4096, 2048), strict=True):
        assert units(part) <= limit
    assert 0 < sum(map(units, parts)) <= 6000
    assert (embed.title or "").strip() or (embed.description or "").strip()
    assert units(embed.url) <= 2048
    assert not embed.fields


def check_content(text: str) -> None:
    """Fail where Discord would refuse a message of this text."""
    assert text.strip()
    assert units(text) <= 2000


def check_reply(reply: Reply) -> None:
    """Fail where Discord would refuse a message, or one of its further pages."""
    for page in reply.pages:
        embed = reply.embed.copy()
        embed.description = page
        check_embed(embed)
    for text in reply.texts:
        check_content(text)
    check_embed(reply.embed)
    check_content(reply.text)


def check_view(view: discord.ui.View | None) -> None:
    """Fail where Discord would refuse buttons."""
    rows = view.to_components() if view else []
    assert len(rows) <= 5
    buttons = [button for row in rows for button in row["components"]]
    assert all(1 <= len(row["components"]) <= 5 for row in rows)
    names = [button["custom_id"] for button in buttons]
    assert len(names) == len(set(names))
    assert all(1 <= units(name) <= 100 for name in names)
    assert all(units(button.get("label")) <= 80 for button in buttons)
