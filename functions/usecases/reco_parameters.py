"""The parameters of the retired service's routes, as they are published; every other one filters by an attribute."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from functions.events import Id


class RecoParameters(BaseModel):
    """Names in any case. A parameter that is not among these is an attribute and its value, such as `Size=M`.

    Of `ClientType` and `EnvironmentId`, which old callers send, nothing is made.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    user_id: Annotated[Id | None, Field(description="A shopper with a profile")] = None
    session_id: Annotated[Id | None, Field(description="A visit")] = None
    count: Annotated[int, Field(ge=1, le=100, description="Products of a page")] = 10
    skip_items: Annotated[int, Field(ge=0, le=1_000, description="Products of the pages before")] = 0
    channel_id: Annotated[Id | None, Field(description="Where the list is shown")] = None
    catalog_id: Annotated[Id | None, Field(description="Accepted; a shop has one catalogue")] = None
    modeling: Annotated[str | None, Field(description="Accepted and ignored")] = None
    algo_type: Annotated[str | None, Field(description="Of `similar`: `BoughtTogether` or `PeopleAlsoBought`")] = None
    seed_item_ids: Annotated[str | None, Field(description="Of `cart/items`: products separated by commas")] = None
    category: Annotated[str | None, Field(description="Path, levels separated by /")] = None
    refinements: Annotated[str | None, Field(description="`RemoveUserHistory`: nothing personal")] = None
