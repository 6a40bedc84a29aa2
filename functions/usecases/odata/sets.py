"""The entity sets: what their rows are, and how the service describes them.

Each is a table of the metrics with the time that a row is of: whoever reads them can add up rows of all times.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import get_args

from functions.usecases.metrics_query import Table
from functions.usecases.metrics_tables import NAMES, ROWS, columns

NAMESPACE = "Personalization"
MINUTE_DAYS, HOUR_DAYS, TABLE_DAYS, DAYS = 35, 92, 366, 1_096
"""How far back the sets go: minutes and hours are not kept longer."""
_EDM = {str: "Edm.String", int: "Edm.Int64", float: "Edm.Double", datetime: "Edm.DateTimeOffset"}
_VOCABULARY = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml"
_ABILITIES = """\
<Annotation Term="Capabilities.ConformanceLevel" EnumMember="Capabilities.ConformanceLevelType/Minimal"/>
<Annotation Term="Capabilities.BatchSupported" Bool="false"/>
<Annotation Term="Capabilities.FilterFunctions">
<Collection><String>contains</String><String>startswith</String><String>endswith</String></Collection>
</Annotation>"""
_REFUSED = {"Insert": "Insertable", "Update": "Updatable", "Delete": "Deletable", "Search": "Searchable"}


@dataclass(frozen=True)
class EntitySet:
    """A table of steps of time that begin at `start`: `chunk` minutes of it are read at once, it goes `days` back."""

    name: str
    table: Table
    chunk: int = 1_440
    days: int = TABLE_DAYS
    dated: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dated", "start" in ROWS[self.table].model_fields)

    @cached_property
    def types(self) -> Mapping[str, str]:
        """EDM types by the names of the properties, in their order."""
        fields = ROWS[self.table].model_fields
        own = {name: _edm(fields[known].annotation) for known, name in columns(self.table).items()}
        return own if self.dated else {"start": _EDM[datetime], **own}

    @cached_property
    def key(self) -> tuple[str, ...]:
        """The properties that tell a row from all others, and give rows their order."""
        return ("start",) if self.dated else ("start", *(name for name in columns(self.table) if name in NAMES))

    @property
    def type(self) -> str:
        """The name of the entity type."""
        return f"{NAMESPACE}.{self.name[:-1]}"


_OF_DAYS: tuple[Table, ...] = (
    "offers", "placements", "segments", "paths", "models", "lists", "products", "departments",
)  # fmt: skip
SETS: Mapping[str, EntitySet] = {
    one.name: one
    for one in (
        EntitySet("Minutes", "series", 360, MINUTE_DAYS),
        EntitySet("Hours", "series", 1_440, HOUR_DAYS),
        EntitySet("Days", "series", 31 * 1_440, DAYS),
        *(EntitySet(table.title(), table) for table in _OF_DAYS),
    )
}


def service_document(root: str) -> Mapping[str, object]:
    """What there is to read."""
    listed = [{"name": name, "kind": "EntitySet", "url": name} for name in SETS]
    return {"@odata.context": f"{root}/$metadata", "value": listed}


def metadata(version: str) -> str:
    """The service's metadata: CSDL as XML, of version 4.0 or 4.01."""
    kinds = "\n".join(map(_entity_type, SETS.values()))
    sets = "\n".join(map(_entity_set, SETS.values()))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="{version}" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:Reference Uri="{_VOCABULARY}">
<edmx:Include Namespace="Org.OData.Capabilities.V1" Alias="Capabilities"/>
</edmx:Reference>
<edmx:DataServices>
<Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">
{kinds}
<EntityContainer Name="Figures">
{sets}
{_ABILITIES}
</EntityContainer>
</Schema>
</edmx:DataServices>
</edmx:Edmx>
"""


def _entity_type(one: EntitySet) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in one.key)
    fields = ROWS[one.table].model_fields
    needed = {alias: not _optional(fields[name].annotation) for name, alias in columns(one.table).items()}
    properties = "\n".join(_property(name, edm, needed.get(name, True)) for name, edm in one.types.items())
    name = one.type.rpartition(".")[2]
    return f'<EntityType Name="{name}">\n<Key>{keys}</Key>\n{properties}\n</EntityType>'


def _property(name: str, edm: str, needed: bool) -> str:
    nullable = ' Nullable="false"' if needed else ""
    return f'<Property Name="{name}" Type="{edm}"{nullable}/>'


def _entity_set(one: EntitySet) -> str:
    restrictions = "\n".join(
        f'<Annotation Term="Capabilities.{term}Restrictions">'
        f'<Record><PropertyValue Property="{able}" Bool="false"/></Record></Annotation>'
        for term, able in _REFUSED.items()
    )
    return f'<EntitySet Name="{one.name}" EntityType="{one.type}">\n{restrictions}\n</EntitySet>'


def _edm(annotation: object) -> str:
    kinds = [kind for kind in get_args(annotation) or (annotation,) if kind is not types.NoneType]
    return _EDM[kinds[0]]


def _optional(annotation: object) -> bool:
    return types.NoneType in get_args(annotation)
