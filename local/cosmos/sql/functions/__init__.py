"""Built-in functions by name."""

from local.cosmos.sql.functions.arrays import ARRAYS
from local.cosmos.sql.functions.conversions import CONVERSIONS
from local.cosmos.sql.functions.dates import DATES
from local.cosmos.sql.functions.maths import MATHS
from local.cosmos.sql.functions.signature import Function
from local.cosmos.sql.functions.text import TEXT
from local.cosmos.sql.functions.types import TYPES

FUNCTIONS: dict[str, Function] = {**TYPES, **TEXT, **MATHS, **ARRAYS, **CONVERSIONS, **DATES}
