"""Documents from outside: what may come where, what that would change, and the way back.

It knows nothing of Discord, and all of it blocks: it is called in threads.
"""

from bot.uploads.kept import Author, Made
from bot.uploads.names import safe_folder, safe_name
from bot.uploads.places import Place
from bot.uploads.plans import Lines, Plan
from bot.uploads.uploads import Listed, Uploads

__all__ = [
    "Author",
    "Lines",
    "Listed",
    "Made",
    "Place",
    "Plan",
    "Uploads",
    "safe_folder",
    "safe_name",
]
