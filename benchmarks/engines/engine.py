"""The interface, and the list of engines by name."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

from benchmarks.workload import Rules, Visitor


class Split(Enum):
    """What stands for the 50/50 split of a row."""

    SHARED = "the workload's own draw"
    OWN = "the engine's own hash: either half is right where only the split decides"
    ARMS = "an experiment: outside the half comes the arm's variant instead of the next row's"


class Engine(ABC):
    """`ask` is what an application pays for; `decide` alone leaves the building of the visitor object out."""

    split = Split.OWN

    @abstractmethod
    def load(self, rules: Rules) -> None:
        """Hand the rules over."""

    def visitor(self, visitor: Visitor) -> Any:
        """Build the visitor as the engine wants it."""
        return visitor

    @abstractmethod
    def decide(self, visitor: Any) -> Any:
        """Decide all slots of the page."""

    def ask(self, visitor: Visitor) -> Any:
        return self.decide(self.visitor(visitor))

    def chosen(self, answer: Any) -> Mapping[str, str]:
        """Read an answer as variants by slot."""
        chosen: Mapping[str, str] = answer
        return chosen

    def traced(self, visitor: Any) -> Any:
        """Decide and explain; only where the engine can."""
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027 - most have nothing to let go of
        pass


@dataclass(frozen=True, slots=True)
class Listed:
    """An engine to be had: its core's language, where it is, and the distribution whose version is printed."""

    title: str
    core: str
    place: str
    distribution: str = ""
    traces: bool = False

    def make(self) -> Engine:
        module, _, name = self.place.partition(":")
        made: Engine = getattr(import_module(f"benchmarks.engines.{module}"), name)()
        return made


ENGINES: Mapping[str, Listed] = {
    "vitrine": Listed("Vitrine", "Python", "vitrine:Vitrine", "vitrine-cms", traces=True),
    "hand": Listed("page written by hand (control: the same code twice)", "Python", "floors:ByHand"),
    "hand-murmur3": Listed("page written by hand, its splits drawn as Vitrine's", "Python", "vitrine:ByHandMurmur"),
    "interpreter": Listed("tree interpreter (the oracle)", "Python", "floors:Interpreter"),
    "eppo": Listed("Eppo", "Rust", "eppo:Eppo", "eppo-server-sdk"),
    "cel-rust": Listed("Common Expression Language", "Rust", "cel_rust:CelRust", "common-expression-language"),
    "statsig": Listed("Statsig", "Rust", "statsig:StatsigCore", "statsig-python-core"),
    "growthbook": Listed("GrowthBook", "Python", "growth_book:GrowthBookEngine", "growthbook"),
    "launchdarkly": Listed("LaunchDarkly", "Python", "launch_darkly:LaunchDarkly", "launchdarkly-server-sdk"),
    "yggdrasil": Listed("Unleash yggdrasil", "Rust", "unleash:Yggdrasil", "yggdrasil-engine"),
    "flagsmith": Listed("Flagsmith", "Python", "flagsmith:Flagsmith", "flagsmith-flag-engine"),
    "json-logic": Listed("JSON logic", "Python", "logic:JsonLogic", "json-logic-qubit"),
    "unleash": Listed("Unleash client", "Rust", "unleash:Unleash", "UnleashClient"),
    "optimizely": Listed("Optimizely", "Python", "optimizely_x:Optimizely", "optimizely-sdk"),
    "cel-python": Listed("cel-python (compiled)", "Python", "cel_python:CelPython", "cel-python"),
    "target": Listed("Adobe Target (on-device)", "Python", "target:Target", "target-python-sdk"),
}
OURS = ("vitrine", "hand", "hand-murmur3", "interpreter")  # run by the product's Python, the others by the peers'
