"""One product of the catalogue."""

import azure.functions as func

from functions.app import app, now
from functions.triggers.operation import Operation
from functions.triggers.problems import encode, serve
from functions.usecases.browse import ProductAnswer, look_at

PRODUCT = Operation(
    name="product",
    method="GET",
    route="v1/products/{id}",
    summary="A product: name, category, price, attributes, and whether it is available",
    answers={200: ProductAnswer},
    publishable=True,
    problems=(404,),
)
OPERATIONS: tuple[Operation, ...] = (PRODUCT,)
blueprint = func.Blueprint()  # type: ignore[no-untyped-call]


@blueprint.function_name(PRODUCT.name)
@blueprint.route(PRODUCT.route, methods=[PRODUCT.method], auth_level=PRODUCT.auth_level)
async def product(req: func.HttpRequest) -> func.HttpResponse:
    """The product of an id."""
    return await serve(PRODUCT, req, _product)


async def _product(req: func.HttpRequest) -> func.HttpResponse:
    return encode(await look_at(app().shelf, req.route_params["id"], now()))
