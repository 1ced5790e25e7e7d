"""Every resource of the API, in the order of its document: by who uses it."""

from api.resources.actuals import routes as actuals
from api.resources.analyses import routes as analyses
from api.resources.comparisons import routes as comparisons
from api.resources.datasets import routes as datasets
from api.resources.incentives import routes as incentives
from api.resources.keys import routes as keys
from api.resources.objectives import routes as objectives
from api.resources.organisations import routes as organisations
from api.resources.plans import routes as plans
from api.resources.renewals import routes as renewals
from api.resources.responses import routes as responses
from api.resources.results import allocations, levels, records
from api.resources.results import routes as results
from api.resources.reviews import routes as reviews
from api.resources.rulesets import routes as rulesets
from api.resources.runs import routes as runs
from api.resources.scenarios import routes as scenarios
from api.resources.system import health
from api.resources.system import routes as system
from api.resources.users import routes as users
from api.resources.webhooks import routes as webhooks
from api.web.routing import Routes

AUDIENCES: dict[str, tuple[Routes, ...]] = {
    "PRM tools": (plans.published_routes, actuals.routes, responses.routes, reviews.routes),
    "Planners": (
        scenarios.routes,
        datasets.routes,
        rulesets.routes,
        runs.routes,
        results.routes,
        allocations.routes,
        levels.routes,
        records.routes,
        analyses.routes,
        comparisons.routes,
        plans.routes,
        renewals.routes,
        objectives.routes,
        incentives.routes,
    ),
    "Administrators": (
        users.routes,
        users.invitation_routes,
        keys.routes,
        organisations.routes,
        webhooks.routes,
        system.routes,
        health.open_routes,
    ),
}
"""Who uses the service, to the resources meant for them first; everybody may use what the key allows."""

RESOURCES: tuple[Routes, ...] = tuple(routes for group in AUDIENCES.values() for routes in group)
