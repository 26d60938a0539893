"""What an answer is made of: other answers, lists, exact names, headings, both parts."""

from dataclasses import replace

import pytest

from index import Answer, AnswerSettings, Citation, Index, NoAnswer
from tests.index.answer.conftest import Indexed
from tests.support.questions import question

LIBRARY = "# Maple Street Library\nWe lend books, games and tools to everybody in the quarter.\n"


def asked(index: Index, question: str) -> tuple[Citation, ...]:
    """The quotes that answer."""
    reply = index.answer(question)
    assert isinstance(reply, Answer), reply
    return reply.citations


@pytest.fixture(scope="module")
def rules(indexed: Indexed) -> Index:
    """Documents that say the same, or otherwise, or change each other."""
    seats = "The room seats {} people and has a projector with a screen of two metres.\n"
    return indexed(
        {
            "about.md": LIBRARY,
            "rooms/attic.md": "# Attic\n" + seats.format(24),
            "rooms/cellar.md": "# Cellar\n" + seats.format(60),
            "loans-2022.md": "# Loans 2022\nA game may be kept for 14 days. Late ones cost.\n",
            "loans-2025.md": "# Loans 2025\nGames go back after 21 days at the latest.\n",
            "noise.md": "# Noise\nPower tools are not allowed after 8 pm on weekdays.\n",
            "noise-again.md": "# Quiet\nPower tools are allowed after 8 pm on weekdays.\n",
            "gate.md": '# Gate\nThe "green gate" is locked at **ten** in the evening.\n',
            "gate.txt": "Notes\n\nThe “green gate” is  locked at ten\nin the evening.\n",
            "statutes-2019.md": "# Statutes (2019)\n\n## Members\nThe board has five members, who "
            "are elected for two years.\n\n## Dues\nDues are paid by the end of March.\n",
            "change-2023.md": "# Resolution of 4 May 2023\n\nIn the Statutes (2019), section "
            "Membership, the board now has seven members instead of five members.\n",
            "house.md": "# House rules\n\nDogs stay outside. Guests may stay for 3 nights.\n",
            "news.md": "# News\n\nFrom March 2025 on guests may stay for 5 nights; the House rules "
            "are changed accordingly.\n",
            "shed.md": "# Shed\n\nA borrowed ladder comes back within 4 days.\n",
            "notice.md": "---\ndate: 2026-02-11\n---\n# Notice\n\nThe board has changed the "
            "rules of the Shed: “4 days” is replaced by “6 days”.\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("how many people fit in the room", {"24", "60"}),
        ("how long may i keep a game", {"14", "21"}),
        ("are power tools allowed after 8 pm", {"are allowed", "not allowed"}),
    ],
)
def test_what_answers_otherwise_is_shown_as_different(
    rules: Index, question: str, values: set[str]
) -> None:
    first, second = asked(rules, question)
    assert {value for value in values if value in first.bold + second.bold} == values
    assert second.unlike == first.number
    assert not first.also
    assert not second.also


def test_a_question_that_names_one_of_two_gets_that_one(rules: Index) -> None:
    (only,) = asked(rules, "how many people does the attic seat")
    assert only.path == "rooms/attic.md"


@pytest.mark.parametrize(
    ("question", "height"),
    [
        ("how high does the Kestrel ladder reach", "7 metres"),
        ("how high does the Merlin ladder reach", "9 metres"),
        # The figure of the name stands in the text, as another one's.
        ("how high does the ladder Linnet 250 reach", "5 metres"),
    ],
)
def test_of_two_that_say_otherwise_the_path_names_the_one(
    indexed: Indexed, question: str, height: str
) -> None:
    sheet = "Technical data\n\nThe ladder reaches {} metres high. It carries {} kilograms.\n"
    index = indexed(
        {
            "about.md": LIBRARY,
            "ladders/Merlin/data.txt": sheet.format(9, 150),
            "ladders/Kestrel/data.txt": sheet.format(7, 180),
            "ladders/Linnet 250.txt": sheet.format(5, 250),
        }
    )
    first = asked(index, question)[0]
    assert height in first.bold
    assert not first.unlike


def test_the_same_set_in_another_way_is_named_beside_the_quote(rules: Index) -> None:
    (only,) = asked(rules, "when is the green gate locked")
    assert {only.path, *(other.path for other in only.also)} == {"gate.md", "gate.txt"}


@pytest.mark.parametrize(
    ("question", "old", "new", "since"),
    [
        ("how long may i keep a game", "14 days", "21 days", "2025"),
        ("how many members does the board have", "five", "seven", "4 May 2023"),
        ("how long may guests stay", "3 nights", "5 nights", "March 2025"),
        # What amends has no word of the question.
        ("when do i have to return the ladder", "4 days", "6 days", "2026-02-11"),
    ],
)
def test_what_amends_and_what_is_amended_are_shown_with_the_later_named(
    rules: Index, question: str, old: str, new: str, since: str
) -> None:
    citations = asked(rules, question)
    assert {citation.later for citation in citations} == {"", since}
    (later,) = (citation for citation in citations if citation.later)
    assert new in later.bold
    assert any(old in citation.bold for citation in citations if not citation.later)


def test_what_nothing_changes_has_no_other_and_no_later(rules: Index) -> None:
    first, *_ = asked(rules, "how long are board members elected")
    assert "elected" in first.quote
    assert (first.unlike, first.later) == (0, "")


@pytest.fixture(scope="module")
def lists(indexed: Indexed) -> Index:
    """A table of each kind, and lists with and without a lead-in."""
    tools = (
        "Cordless drill,A1,20,good|Jigsaw,A2,15,good|Belt sander,B1,25,broken|Heat gun,B1,10,good|"
        "Angle grinder,B2,30,broken|Tile cutter,C1,40,good|Paint sprayer,C2,35,broken|"
        "Ladder,D1,0,good|Wheelbarrow,D2,0,good|Chain saw,E1,80,locked|Steam cleaner,E2,30,good"
    )
    games = (
        "Harvest Moonlight | 2-4 | English,Rail Barons | 3-6 | German,Frog Pond | 2-4 | English,"
        "Castle Siege | 2 | French,Night Market | 4-8 | German,Desert Caravan | 2-5 | German"
    )
    plots = "".join(
        f"Plot {number},{'large' if number % 3 else 'small'} plot by the path with a water tap\n"
        for number in range(40, 0, -1)
    )
    return indexed(
        {
            "about.md": LIBRARY,
            "tools.csv": "tool,shelf,deposit,state\n" + tools.replace("|", "\n") + "\n",
            "games.md": "# Games\n\n| Game | Players | Language |\n|---|---|---|\n"
            + "".join(f"| {row} |\n" for row in games.split(",")),
            "plots.csv": "plot,size\n" + plots,
            "staff.md": "# Staff\n\nWho does what:\n\n- Olaf: tools\n- Petra: games\n- Yuki: key\n",
            "picnic.md": "# Picnic\n\n## What to bring\n- a blanket\n- a mug\n- a dish\n- a hat\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("which tools are broken", ["Belt sander", "Angle grinder", "Paint sprayer"]),
        ("what tools are on shelf B1", ["Belt sander", "Heat gun"]),
        ("which games are in german", ["Rail Barons", "Night Market", "Desert Caravan"]),
    ],
)
def test_a_question_for_several_rows_gets_all_of_them(
    lists: Index, question: str, rows: list[str]
) -> None:
    first, *others = asked(lists, question)
    shown = [first, *first.rows]
    assert [next(row for row in rows if row in each.bold) for each in shown] == rows
    assert first.more == 0
    assert not [other for other in others if other.path == first.path]
    document = lists.read(first.path)
    assert document is not None
    assert all(each.span.of(document.text) == each.quote for each in shown)


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("what is the deposit for the ladder", "Ladder,D1,0,good"),
        ("in which language is Castle Siege", "Castle Siege | 2 | French"),
        ("who looks after the tools", "Olaf: tools"),
    ],
)
def test_a_question_for_one_row_gets_that_one(lists: Index, question: str, row: str) -> None:
    first = asked(lists, question)[0]
    assert first.bold == row
    assert not first.rows
    assert not first.more


@pytest.mark.parametrize(
    ("question", "first_row", "last_row"),
    [
        ("what should i bring to the picnic", "a blanket", "a hat"),
        ("list all games", "Harvest Moonlight", "Desert Caravan"),
    ],
)
def test_a_question_for_the_list_gets_the_list(
    lists: Index, question: str, first_row: str, last_row: str
) -> None:
    quote = asked(lists, question)[0].quote
    assert first_row in quote.split("\n")[0]
    assert last_row in quote.split("\n")[-1]


def test_rows_are_cited_from_the_first_to_the_last(lists: Index) -> None:
    assert asked(lists, "which tools are broken")[0].where == "lines 4–8"


def test_of_too_many_rows_it_is_said_how_many_are_left_out(lists: Index) -> None:
    first = asked(lists, "which plots are small")[0]
    assert first.more == 0
    assert len(first.rows) == 12
    many = asked(lists, "which plots are by the path")[0]
    assert many.more > 0


def test_of_a_table_that_does_not_answer_the_row_with_the_words_is_closest(
    indexed: Indexed,
) -> None:
    scores = (
        "Slow Waltz\tBergstrand\t31\tA\nThe Kite\tOrsini\t24\tB\nFour Songs\tHallam\t44\tA\n"
        "Autumn Canon\tBergstrand\t15\tC\nMass in G\tOrsini\t38\tB\n"
    )
    index = indexed({"about.md": LIBRARY, "scores.tsv": f"title\tby\tcopies\tshelf\n{scores}"})
    unsure = replace(index.answerer, settings=AnswerSettings(sure=0.99, close=0.01))
    for asked_for, row in (
        ("copies of Autumn Canon", "Autumn Canon"),
        ("how many copies are there of the Mass in G", "Mass in G"),
        ("shelf of slow waltz", "Slow Waltz"),
    ):
        reply = unsure.answer(question(asked_for))
        assert isinstance(reply, NoAnswer)
        assert reply.nearest[0].bold.startswith(row)


@pytest.fixture(scope="module")
def codes(indexed: Indexed) -> Index:
    """Codes as headings, in sentences, in lists and in a table."""
    return indexed(
        {
            "about.md": LIBRARY,
            "boiler.md": "# Boiler faults\n\n## F28\nNo ignition. Check the gas tap, press reset."
            "\n\n## F29\nThe flame went out. Wait ten minutes and start again.\n",
            "filters.txt": "Filter KX-2201/A fits the old extractor.\n\nFilter KX-2210/A fits "
            "the new extractor.\n\nFilter KX-2201/B fits the tumble dryer.\n",
            "forms.md": "# Forms\n\n- Form B17: application\n- Form B71: leaving\n- Form B7: key\n",
            "parts.md": "# Parts\n\n| Part | What |\n|---|---|\n| SB-901-X | hinge no. 4 |\n"
            "| SB-910-X | latch no. 7 |\n| SB-901-Y | spring no. 9 |\n",
            "printer.md": "# Printer\n\nIf the display says `ERR_0x3F`, the tray is empty.\n\n"
            "If the display says `ERR_0x4F`, the paper is jammed.\n",
            "visitors.md": "# Visitors\n- 2018: 3,120 visitors\n- 2019: 3,210 visitors\n"
            "- 2022: 1,230 visitors\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("what does F28 mean", "ignition"),
        ("our boiler is cold and its display shows F29 since yesterday, what now", "ten minutes"),
        ("KX-2201/B", "tumble dryer"),
        ("kx2210a", "new extractor"),
        ("form B71", "leaving"),
        ("SB-901-Y", "spring no. 9"),
        ("what is sb910x", "latch no. 7"),
        ("the printer says ERR_0x4F, help", "jammed"),
        ("F29 again, and my aunt comes to tea on her birthday, any idea?", "ten minutes"),
        ("how many visitors in 2019", "3,210"),
        ("in which year were there 1230 visitors", "2022"),
    ],
)
def test_what_is_named_exactly_is_answered_by_what_has_it(
    codes: Index, question: str, words: str
) -> None:
    first = asked(codes, question)[0]
    assert words in first.quote
    assert words in first.bold or first.headings


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("F82", "F82"),
        ("what is error F57", "F57"),
        ("what is KX-2202/A for", "KX-2202/A"),
        ("SB-902-X", "SB-902-X"),
    ],
)
def test_no_code_answers_for_another(codes: Index, question: str, code: str) -> None:
    reply = codes.answer(question)
    assert isinstance(reply, NoAnswer)
    assert reply.reason == f"“{code}” is not in the documents."
    assert not reply.nearest


@pytest.mark.parametrize("asked", ["what to do about E-105?", "E-105"])
def test_of_the_cures_of_one_passage_that_of_the_code_asked_for_is_quoted(
    indexed: Indexed, asked: str
) -> None:
    jammed = "`E-104: spool jammed`\n\nOpen the hatch and pull the film towards you. Never cut it."
    missing = "`E-105: spool missing`\n\nPut in a spool of type B and close the hatch."
    index = indexed({"trouble.md": f"# Troubleshooting\n\n{jammed}\n\n{missing}\n"})
    reply = index.answer(asked)
    assert isinstance(reply, Answer)
    assert reply.citations[0].quote == missing


@pytest.mark.parametrize("question", ["how many visitors in 2020", "how many visitors in 2021"])
def test_no_year_answers_for_another(codes: Index, question: str) -> None:
    assert isinstance(codes.answer(question), NoAnswer)


@pytest.fixture(scope="module")
def history(indexed: Indexed) -> Index:
    """Headings that say what the text below them doesn't."""
    return indexed(
        {
            "about.md": LIBRARY,
            "HISTORY.md": "# Release history\n\n## Version 2.4 (12 August 2025)\n\n- Loans can be "
            "renewed by mail.\n- The search finds subtitles.\n\n## Version 2.3 (3 February 2025)\n"
            "\n- Reservations are shown on the start page.\n\n## Version 2.2 (18 September 2024)\n"
            "\n- First release with accounts for families.\n",
            "minutes.md": "# Minutes of the board\n\n## Meeting of 14 January 2026\n\nThe roof is "
            "repaired in spring.\n\n## Meeting of 9 October 2025\n\nThe board bought an oven.\n",
            "loft.md": '+++\ntitle = "Sleeping loft"\nweight = 40\ndate = 2025-03-11\n+++\n\nIt '
            "costs 14 euros a night, with sheets.\n\n## Arrival\nFrom 16:00, through the bakery.\n",
            "ask.txt": "Do you mend torn books?\n\nOnly with cloth tape, and for two euros.\n",
            "people.md": "# People\n\n## Treasurer: Maria Lindqvist\nReach her on Mondays.\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("when was version 2.3 released", "Version 2.3 (3 February 2025)"),
        ("which version has renewals by mail", "Version 2.4 (12 August 2025)"),
        ("when did the board buy an oven", "Meeting of 9 October 2025"),
        ("who is the treasurer", "Treasurer: Maria Lindqvist"),
        # Between versions that the question doesn't tell apart, the newest.
        ("what is the current version", "Version 2.4 (12 August 2025)"),
    ],
)
def test_a_heading_may_be_the_answer(history: Index, question: str, heading: str) -> None:
    first = asked(history, question)[0]
    assert first.bold == heading
    assert len(first.quote) > len(heading)


def test_the_row_that_has_the_words_is_the_nearest_where_none_answers(indexed: Indexed) -> None:
    weeks = "week,sheets\n6,380\n7,410\n8,295\n"
    index = indexed({"about.md": LIBRARY, "printer-paper.csv": weeks})
    reply = index.answer("how much paper did the printer use in week 7")
    shown = reply.nearest if isinstance(reply, NoAnswer) else reply.citations
    assert shown[0].bold == "7,410"


def test_a_row_that_has_the_words_is_quoted_instead_of_the_header(indexed: Indexed) -> None:
    table = (
        "Rooms to practise in\n\n| Room | Who may use it | Piano |\n"
        "| Attic | pupils from the third year on, with a key | upright |\n"
        "| Cellar | everybody, but not after 21:00 | none |\n| Hall | ensembles | grand |\n"
    )
    index = indexed({"about.md": LIBRARY, "rooms.txt": table})
    assert "third year" in asked(index, "who may practise in the attic")[0].bold


@pytest.mark.parametrize("question", ["sleeping loft", "loft?"])
def test_a_question_that_is_a_title_gets_what_stands_first_below_it(
    history: Index, question: str
) -> None:
    assert asked(history, question)[0].bold == "It costs 14 euros a night, with sheets."


def test_a_heading_that_asks_is_no_answer(history: Index) -> None:
    first = asked(history, "do you mend torn books")[0]
    assert first.bold == "Only with cloth tape, and for two euros."


def test_a_heading_with_another_version_is_no_answer(history: Index) -> None:
    assert isinstance(history.answer("when was 2.1 released"), NoAnswer)


@pytest.fixture(scope="module")
def cars(indexed: Indexed) -> Index:
    """What a question in two parts asks, each part in a document of its own."""
    return indexed(
        {
            "about.md": LIBRARY,
            "van.md": "# The van\nThe van carries 900 kg.\nIt runs on diesel.\n",
            "trailer.md": "# The trailer\nThe trailer carries 450 kg.\nIt needs a licence.\n",
            "fees.md": "# Fees\nThe van costs 35 euros a day.\n",
            "people.md": "# People\nOlaf hands out the keys of the van.\n",
            "pets.md": "# Pets\nDogs are welcome in the yard.\n",
            "wifi.md": "# Network\nThe password of the wireless network is on the notice board.\n",
        }
    )


@pytest.mark.parametrize(
    ("question", "paths"),
    [
        ("which carries more, the van or the trailer", {"van.md", "trailer.md"}),
        ("does the trailer carry as much or less than the van", {"van.md", "trailer.md"}),
        ("how much does the van cost and who hands out the keys", {"fees.md", "people.md"}),
        ("where do i find the wifi password? are dogs allowed", {"wifi.md", "pets.md"}),
    ],
)
def test_a_question_in_two_parts_gets_both(cars: Index, question: str, paths: set[str]) -> None:
    citations = asked(cars, question)
    assert {citation.path for citation in citations} == paths
    # What is compared doesn't contradict.
    assert not any(citation.unlike for citation in citations)


def test_a_part_without_an_answer_brings_none(cars: Index) -> None:
    (only,) = asked(cars, "how much does the van cost and who is the mayor")
    assert only.path == "fees.md"
