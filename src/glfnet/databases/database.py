"""What this package knows about one database: the value that each database's module holds.

To add a database, write a module with such a value, add it to the list in `by_name.py`, and, if its emotion words do
not follow the general rule, give them in `labels.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from glfnet.databases.clip import Clip
from glfnet.databases.index import Index
from glfnet.databases.long_videos.interval_row import LongVideoIndex
from glfnet.databases.published_counts import PublishedCounts


def _database_of(clip: Clip) -> str:
    return clip.subject.database


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """One licensed database.

    Attributes:
        name: what a user types, what messages say, and what sample ids begin with.
        index: reads the unpacked database: `index(folder, labels, **settings)`, see `index.Options`; gives
            clips, or the intervals of long videos.
        published: the published counts, by release. Most databases have one release, of the database's own name.
        also_called: other names that a user may type, in small letters.
        own_settings: keyword arguments of `index` that no other database has to have.
        needs_labels: whether `index` always needs an annotation sheet.
        release: gives the key in `published` that a clip counts for.
    """

    name: str
    index: Callable[..., Index | LongVideoIndex]
    published: Mapping[str, PublishedCounts] = field(default_factory=dict)
    also_called: tuple[str, ...] = ()
    own_settings: tuple[str, ...] = ()
    needs_labels: bool = True
    release: Callable[[Clip], str] = _database_of
