"""A small conversation on the real kernel: it counts and repeats what it heard."""

from collections.abc import Mapping

from bot.conversations.files import Files
from bot.conversations.kernel import SENT, TYPED, Go, MoveMethod, ShowMethod, Step
from bot.conversations.model import (
    Button,
    CardMove,
    Event,
    Move,
    Navigate,
    Picture,
    Qr,
    Response,
    Say,
    Screen,
    ShowCard,
    ShowFile,
    Text,
    Toast,
)

CARD = "play:1"
LARGEST = 100_000
COMMANDS = {"start": ("menu", "start"), "menu": ("menu", "start"), "card": ("menu", "card")}


def home(count: int, said: str) -> Screen:
    add = Button(label=Text("play.add"), action=Move(name="add"))
    menu = Button(label=Text("command.menu"), action=Navigate(command="menu"))
    return Screen(text=Text("play.home", {"said": said, "count": count}), rows=((add, menu),))


def card(count: int, *, void: bool = False, image: bool = True) -> Screen:
    more = Button(label=Text("play.add"), action=CardMove(name="more"))
    qr = Qr(text="https://pay.example.com/1", void=void) if image else None
    return Screen(text=Text("play.card", {"count": count}), rows=((more,),), image=qr)


class PlayConversation:
    """`handled` tells which texts got through, in order."""

    name = "menu"

    def __init__(self, files: Files) -> None:
        self.files = files
        self.handled: list[tuple[int, str]] = []
        self.fails = 0  # so many of the next typed texts meet a fault
        self.moves: Mapping[tuple[str, str], MoveMethod] = {
            ("", "start"): self.start,
            ("", "unknown"): self.start,
            ("", "card"): self.card,
            ("home", "add"): self.add,
            ("home", TYPED): self.typed,
            ("home", SENT): self.sent,
        }
        self.screens: Mapping[str, ShowMethod] = {"home": self.show}
        self.hints: Mapping[str, Text] = {}

    async def start(self, step: Step) -> Go:
        return Go(state="home", facts={"count": 0, "said": step.argument or "-"})

    async def card(self, step: Step) -> Go:
        shown = ShowCard(subject=CARD, screen=card(1))
        said = Say(screen=Screen(text=Text("play.said", {"said": "!"})))
        return Go(state="home", facts={"count": 0, "said": "-"}, also=(shown, said))

    async def add(self, step: Step) -> Go:
        facts = {"count": step.number("count") + 1, "said": step.fact("said")}
        return Go(state="home", facts=facts, toast=Toast(text=Text("play.add")))

    async def typed(self, step: Step) -> Go:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("a fault in a conversation")
        self.handled.append((step.event.chat_id, step.argument))
        facts = {"count": step.number("count") + 1, "said": step.argument}
        return Go(state="home", facts=facts)

    async def sent(self, step: Step) -> Go:
        """Hands back what was attached: a picture to look at, a file as a file."""
        if step.attachment is None:
            raise ValueError("nothing was attached")
        content = await self.files.fetch(step.attachment, at_most=LARGEST)
        text = Text("play.said", {"said": step.attachment.caption or "-"})
        back: Say | ShowFile = ShowFile(name="back.bin", content=content, caption=text)
        if step.attachment.is_picture:
            back = Say(screen=Screen(text=text, image=Picture(content=content)))
        return Go(state="home", facts=step.facts, also=(back,))

    async def show(self, step: Step) -> Screen:
        return home(step.number("count"), step.fact("said"))


class PlayCards:
    async def press(self, subject: str, move: str, event: Event) -> Response | Go:
        shown = ShowCard(subject=subject, screen=card(2, void=True))
        return Response(language=event.person.language, shows=(shown,))

    async def screen(self, subject: str, chat_id: int) -> Screen | None:
        return card(9)
