"""Pages of personal data, in one blueprint to which each module adds its part."""

from training.personal.service import carried
from training.personal.views import mine, organisation, person
from training.personal.views.blueprint import bp

carried.register()

__all__ = ["bp", "mine", "organisation", "person"]
