"""What a parent may do next about an alert, in plain words, and who can help besides.

The words were written for parents at large; they are no professional's advice on a child, and say so on the page.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from guardian_web.household.settings import country_helplines
from hub.core.alerts.alerts import EMERGENCIES
from hub.domain.safety import Alert, Category
from hub.translation import marked

IN_AN_EMERGENCY: Final = (
    marked("Go to your child now, or call somebody who is near."),
    marked("If anybody is in danger, call your emergency number."),
)
OTHERWISE: Final = (
    marked("Read what is said above. Once nothing is left to do, mark it as done."),
)

NEXT_STEPS: Final[Mapping[Category, Sequence[str]]] = {
    Category.CHILD_DISCLOSURE: (
        marked(
            "Find a quiet moment soon, and listen more than you ask. “I’m glad that you told” helps."
        ),
        marked("Don’t promise to keep it secret, and don’t confront anybody yet."),
        marked("If a child may be in danger now, call the police."),
    ),
    Category.SELF_HARM: (
        marked("Talk with your child today. Asking about it does not make it worse."),
        marked("Put medicines and sharp things out of reach."),
        marked("Ask a doctor or a helpline; if there is danger now, call your emergency number."),
    ),
    Category.STRANGER_GROOMING: (
        marked(
            "Ask gently who it is about, and whether somebody asked your child to keep a secret."
        ),
        marked("Keep messages and names as they are. They may be needed."),
        marked("If an adult seeks contact with your child, call the police."),
    ),
    Category.SEXUAL: (
        marked("Stay calm, and ask where the words come from."),
        marked("Look at what your child has watched or played lately."),
    ),
    Category.VIOLENCE: (
        marked("Ask what happened, without blame: children try out what they have heard."),
        marked("If somebody is being hurt, end that first."),
    ),
    Category.HATE_BULLYING: (
        marked("Ask whether somebody says such things to your child, or your child to others."),
        marked("If it happens at school, tell a teacher."),
    ),
    Category.DRUGS_ALCOHOL_WEAPONS: (
        marked("See that medicines, alcohol and weapons at home are locked away."),
        marked("Ask what made your child think of it."),
    ),
    Category.DANGEROUS_ACTS: (
        marked("See what your child is doing right now."),
        marked("Then say why it is dangerous, and find something like it that is safe."),
    ),
    Category.PERSONAL_INFO: (
        marked("Tell your child what stays in the family: full name, address, school, passwords."),
    ),
    Category.MANIPULATION: (
        marked(
            "Read the talk. If the toy says such things again, give it another character or model."
        ),
    ),
    Category.PROFANITY: (
        marked("Nothing is urgent. You may like to talk about which words hurt."),
    ),
    Category.MEDICAL_LEGAL: (
        marked("Ask your child how they feel. If something hurts or was swallowed, call a doctor."),
    ),
    Category.JAILBREAK: (
        marked(
            "The toy kept to its rules. Some children love to test them; you may ask what they tried."
        ),
    ),
    Category.CRIME: (marked("Ask your child what happened, and listen to the whole story first."),),
    Category.SCARY: (marked("Your child may be frightened. A calm word before bedtime helps."),),
    Category.AGE_INAPPROPRIATE: (
        marked("The toy did not answer this. You may like to, in your own words."),
    ),
    Category.BLOCKED_TOPIC: (
        marked(
            "The toy kept away from it, as you asked. Perhaps your child wants to talk about it with you."
        ),
    ),
    Category.UNCHECKED: (
        marked(
            "What could not be checked was not spoken. If it happens often, look at the guard on the first page."
        ),
    ),
    Category.NONE: OTHERWISE,
}


def next_steps(alert: Alert) -> Sequence[str]:
    """One sentence each, the most pressing first."""
    if alert.title in EMERGENCIES:
        return IN_AN_EMERGENCY
    return NEXT_STEPS[alert.category]


def helplines(alert: Alert, country: str) -> Sequence[str]:
    """Those of the family's country as it is now; else those that the alert was made with; often none."""
    now = [str(line) for line in country_helplines(country, alert.category)]
    return now or [line for line in alert.details.get("helpline", "").split("; ") if line]
