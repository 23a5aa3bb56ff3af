"""Words by which a sentence in other languages than English shows that it goes on, or that it asks.

A language is two lists; to add one, write them down and give it a test.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class SentenceEnds:
    dangling: frozenset[str]
    """A sentence seldom ends on one of these."""
    asks: frozenset[str]
    """A question or a request begins with one of these."""


def _ends(dangling: str, asks: str) -> SentenceEnds:
    return SentenceEnds(frozenset(dangling.split()), frozenset(asks.split()))


LANGUAGES: Final = {
    "de": _ends(
        """aber als alle am an auch auf aus bei beim dann dass dem den denn der des die das dein deine
        durch ein eine einem einen einer er es für gegen hat hatte ich im in ins ist kein keine man
        mein meine meinen mit nach ob oder ohne sein seine sehr sie sind so über um und uns unser
        unter vom von vor war was weil weißt wenn wer wie wir wo würde zu zum zur zwischen äh ähm hm""",
        """bist darf erzähl erzähle erzählst gibt hast hilf ist kann kannst können könntest lass leben
        lies machst magst mach müssen sag sing singst sind spiel spielst warum was welche welcher
        welches wer weshalb weswegen wie wieso wieviel willst wo woher wohin wollen zeig zähl""",
    ),
    "es": _ends(
        """a al como con cuando cual de del desde donde e el ella en entonces era es eso esta este ha
        había hasta hay la las le lo los mi mis muy más ni nuestra nuestro o para pero por porque
        que quiero se si sin sobre son su sus también tengo tiene tu tus un una unas unos voy y yo
        eh em""",
        """adónde cuál cuáles cuándo cuánta cuántas cuánto cuántos cuéntame cántame cómo canta cuenta
        dime dónde enséñame eres es hay haz juega lee podemos por puedes puedo qué quieres quién
        quiénes repite sabes son tienes vamos""",
    ),
    "fr": _ends(
        """a ai alors après as au aussi aux avec c'est car ce ces cette chez comme dans de des donc du
        elle en es est et était il ils j'ai je l la le les leur lui ma mais mes moi-même mon ne nos
        notre nous on ou où par parce pas pour pendant quand que qui qu'il qu'elle sa sans se ses si
        son sont sous sur ta tes ton très tu un une veux vers votre vous y euh heu hum""",
        """chante combien comment compte dis est est-ce es-tu joue lis montre on où peut-on peux-tu
        pourquoi pouvons quand quel quelle quelles quels qu'est-ce que qui quoi raconte raconte-moi
        répète sais-tu as-tu veux-tu dis-moi chante-moi aide-moi""",
    ),
}
"""By the language's short code."""
