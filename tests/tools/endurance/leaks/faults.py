"""What Discord refuses at times, so that the bot says it elsewhere, or otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.tools.endurance.leaks.stage import Stage

OFTEN = 0.06
# Method, path, status and Discord's code: it lacks a permission, AutoMod blocks it, it is too late
# for a reply or an acknowledgement, something is a mistake, a member takes no direct messages.
FAULTS = (
    ("POST", "/channels/*/messages", 403, 50013),
    ("POST", "/channels/*/messages", 400, 200000),
    ("POST", "/channels/*/threads", 403, 50013),
    ("PATCH", "/channels/*/messages/*", 400, 200000),
    ("PATCH", "/webhooks/*", 404, 10015),
    ("PATCH", "/webhooks/*", 400, 50035),
    ("POST", "/interactions/*", 404, 10062),
    ("POST", "/users/@me/channels", 403, 50007),
)


@contextmanager
def at_times(stage: Stage) -> Iterator[None]:
    """Refuse something once or always during an act, if chance has it."""
    if stage.chance.random() < OFTEN:
        method, path, status, code = stage.chance.choice(FAULTS)
        times = stage.chance.choice((1, None))
        stage.env.inject_error(method, path, status=status, code=code, message="no", times=times)
        stage.outlet.told(f"Discord refuses {method} {path} with {code}")
        stage.refused = True
    try:
        yield
    finally:
        stage.backend.faults.clear()
        stage.refused = False
