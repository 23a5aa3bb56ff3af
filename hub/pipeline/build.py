"""What every turn of a hub needs, built from the settings: who hears, judges, remembers, answers and speaks."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from hub.activities.activity import Activity
from hub.activities.ask_the_house.activity import AskTheHouse
from hub.activities.bedtime.activity import Lulling
from hub.activities.bedtime.good_night import GoodNight
from hub.activities.calling.activity import CallingToys
from hub.activities.playing.activity import Playing
from hub.activities.remembering.activity import Remembering
from hub.activities.timers.activity import SettingTimers
from hub.activities.timers.timers import Timers
from hub.alerts.maker import AlertMaker
from hub.domain.talks.talk import Turn
from hub.egress.gate import EgressGate, drafting_providers
from hub.egress.remote_checks import RemoteLayer, remote_layers
from hub.egress.remote_embedder import RemoteEmbedder
from hub.egress.spending import Prices, Spending
from hub.events import Bus
from hub.knowledge.documents.search import PassageSearch
from hub.knowledge.running_summary import RunningSummaries
from hub.knowledge.voice_hints import VoiceHints
from hub.pipeline.answer.breaks import Breaks
from hub.pipeline.context import TurnServices
from hub.pipeline.speak.sound_cache import SoundCache
from hub.providers.base import ProviderSetup
from hub.providers.home_assistant import HomeAssistant
from hub.providers.listening.smart_turn import SmartTurn
from hub.providers.listening.vad import Detector
from hub.providers.listening.voice_model import VoiceModel
from hub.providers.models.models import VOICE_MODEL, voice_model
from hub.providers.pool import Providers
from hub.safety.build import build_guard
from hub.storage.store import Store


@dataclass(frozen=True, slots=True)
class TurnParts:
    """The services, and those of their parts that the hub keeps ready, shows or looks after."""

    services: TurnServices
    remote_layers: Sequence[RemoteLayer]
    detector: Detector
    spending: Spending
    embedder: RemoteEmbedder | None
    timers: Timers
    calling: CallingToys
    lulling: Lulling
    home_assistant: HomeAssistant | None


async def build_turn_parts(
    setup: ProviderSetup,
    store: Store,
    bus: Bus,
    on_end: Callable[[Turn], None],
    stack: AsyncExitStack,
) -> TurnParts:
    """`on_end` is called with each turn that is over; what is to be closed goes on `stack`.

    Raises ConfigError, DataError.
    """
    config, clock = setup.config, setup.clock
    alerts = AlertMaker(store, clock)
    spending = Spending(store, Prices.load(config), clock, alerts)
    providers = Providers(setup, spending.may_cost)
    stack.push_async_callback(providers.aclose)
    outgoing = EgressGate(store, clock, spending, drafting_providers(config), setup.clouds)
    layers = remote_layers(setup, outgoing)
    for layer in layers:
        stack.push_async_callback(layer.aclose)
    guard = build_guard(config.safety, clock, layers)
    detector = Detector()
    turn_model = await SmartTurn.chosen(config)
    if turn_model is not None:
        stack.push_async_callback(turn_model.aclose)
    voices = VoiceModel(voice_model(config.hub.data))
    stack.push_async_callback(voices.aclose)
    tts = config.tts.model_dump_json(exclude={"use"})
    sounds = SoundCache(config.hub.data / "sounds", settings=tts)
    stack.push_async_callback(sounds.aclose)
    embedder = RemoteEmbedder.chosen(setup, outgoing, spending)
    if embedder is not None:
        stack.push_async_callback(embedder.aclose)
    passages = PassageSearch(store, clock, embedder)
    await passages.warm_up()
    timers = Timers(store)
    calling, lulling = CallingToys(store), Lulling(clock)
    activities: list[Activity] = [
        SettingTimers(timers, clock),
        calling,
        lulling,
        GoodNight(lulling, store, guard),
        Remembering(store, guard),
        Playing(store, clock),
    ]
    home_assistant = HomeAssistant.create(config, setup.environ, clock)
    if home_assistant is not None:
        stack.push_async_callback(home_assistant.aclose)
        activities.insert(0, AskTheHouse(home_assistant))
    services = TurnServices(
        guard=guard,
        providers=providers,
        store=store,
        outgoing=outgoing,
        bus=bus,
        clock=clock,
        settings=config.turn,
        alerts=alerts,
        breaks=Breaks(store),
        passages=passages,
        summaries=RunningSummaries(store, guard, providers, outgoing, bus, clock),
        voice_hints=VoiceHints(store, voices, VOICE_MODEL, clock),
        new_vad=detector.new_stream,
        turn_model=turn_model,
        guesses_are_checked=all(layer.takes_guesses for layer in layers),
        sounds=sounds,
        activities=activities,
        on_end=on_end,
    )
    return TurnParts(
        services, layers, detector, spending, embedder, timers, calling, lulling, home_assistant
    )
