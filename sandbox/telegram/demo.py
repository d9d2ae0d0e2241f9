"""The world a first look begins with: a company's people, two reviewers and their empty group."""

from sandbox.telegram.model import PersonRecord
from sandbox.telegram.world import World

CREATOR = 5_100_000_001
FINANCE = 5_100_000_002
VIEWER = 5_100_000_003
DEVELOPER = 5_100_000_004
REVIEWER_A = 5_100_000_005
REVIEWER_B = 5_100_000_006
FINANCE_ENGLISH = 5_100_000_007
REVIEW_GROUP = "汇款审核"

_PEOPLE = (
    (CREATOR, "王老板", "wang_boss", "zh-hans", "创建者", "Creator"),
    (FINANCE, "李会计", "li_kuaiji", "zh-hans", "财务协作者", "Finance collaborator"),
    (VIEWER, "陈看看", "chen_kankan", "zh-hans", "只读财务", "Viewer"),
    (DEVELOPER, "赵开发", "zhao_kaifa", "zh-hans", "无财务权限", "No finance rights"),
    (REVIEWER_A, "审核员甲", "shenhe_jia", "zh-hans", "审核员", "Reviewer"),
    (REVIEWER_B, "审核员乙", "shenhe_yi", "zh-hans", "审核员", "Reviewer"),
    (FINANCE_ENGLISH, "Emma", "emma_finance", "en", "财务协作者", "Finance collaborator"),
)


def demo_world() -> World:
    """Fixed ids, so that pages, texts and tests can name them."""
    world = World()
    for person_id, name, username, language, title, title_en in _PEOPLE:
        person = PersonRecord(
            id=person_id,
            first_name=name,
            username=username,
            language_code=language,
            title=title,
            title_en=title_en,
        )
        world.add_person(person)
    group = world.add_group(REVIEW_GROUP, (REVIEWER_A, REVIEWER_B), is_supergroup=True)
    group.members[world.bot.id] = "member"
    return world
