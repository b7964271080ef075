"""The words that proofs are told with, in the languages they are written in."""

from collections.abc import Mapping

from cms.segments.phrases import Words

LANGUAGES = ("en", "zh-Hans")


def words(en: str, hans: str) -> Words:
    return dict(zip(LANGUAGES, (en, hans), strict=True))


# By what was found: its code, and of what has one code but several causes also the cause.
MESSAGES: Mapping[str, Words] = {
    "never-matches": words("Nobody can be in the segment {key}.", "没有任何访客符合人群{key}的条件。"),
    "unreachable by others": words(
        "{name} is never shown: everyone it is meant for is already taken by {by}.",
        "{name}永远不会展示：它的目标人群已被{by}全部覆盖。",
    ),
    "unreachable by itself": words(
        "{name} is never shown: nobody can meet all that it asks.",
        "{name}永远不会展示：没有访客能同时满足它的全部要求。",
    ),
    "unreachable by its segment": words(
        "{name} is never shown: nobody who gets there can be in the segment {segment}, which it asks for.",
        "{name}永远不会展示：它要求访客属于人群{segment}，而到达此处的访客都不符合。",
    ),
    "unreachable as an arm": words(
        "{name} is never shown: its experiment shows it only in place of {by}, and nobody comes to that.",
        "{name}永远不会展示：实验只用它替换{by}，而没有访客会遇到这种情况。",
    ),
    "unreachable on the page": words(
        "{name} is never shown: it always loses to {by} further up the page.",
        "{name}永远不会展示：它的位置总是被页面上方的{by}占用。",
    ),
    "no-content": words("{place} shows nothing to {visitor}.", "{visitor}在{place}看不到任何内容。"),
    "contradiction": words(
        "{name} contradicts {by} about {matter}{sides}. So {place} shows nothing to {visitor}.",
        "关于{matter}，{name}与{by}的说法矛盾{sides}。因此，{visitor}在{place}看不到任何内容。",
    ),
    "wrong-channel": words(
        "{name} is never shown {where}: its rule needs {facts}, and {channel} this is never known.",
        "{name}{where}永远不会展示：它的规则依赖{facts}，而这些信息{channel}无法获知。",
    ),
    "equivalent": words(
        "The segments {key} and {by} always hold the same visitors.", "人群{key}与{by}包含的访客始终相同。"
    ),
    "contained": words("Everyone in the segment {key} is also in {by}.", "人群{key}中的访客都属于人群{by}。"),
    "not-proved time": words(
        "Time was up before it was known whether {question}.", "在限定时间内未能得出结论：{question}。"
    ),
    "not-proved solver": words("No answer was found to whether {question}.", "未能得出结论：{question}。"),
    "not-proved extra": words(
        "Only samples were looked at: what none of them showed is not proved, "
        "because the extra vitrine-cms[proofs] is not installed.",
        "只检查了抽样访客：由于未安装扩展包 vitrine-cms[proofs]，抽样未发现的问题尚未得到证明。",
    ),
}

SUGGESTIONS: Mapping[str, Words] = {
    "never-matches": words("Loosen one part, or delete the segment.", "请放宽其中一项条件，或删除该人群。"),
    "unreachable by others": words(
        "Move it up, narrow what comes before it, or remove it.",
        "请将它上移、缩小排在它前面的内容的目标人群，或将它删除。",
    ),
    "unreachable by itself": words("Loosen one part, or remove the variant.", "请放宽其中一项条件，或删除该版本。"),
    "unreachable by its segment": words(
        "Mend the segment {segment}, show the variant elsewhere, or remove it.",
        "请修改人群{segment}、将该版本用于别处，或将它删除。",
    ),
    "unreachable as an arm": words(
        "See to it that {by} can be shown and that the experiment lets somebody in, or remove the arm.",
        "请确认{by}能够展示并且实验有访客参与，或删除该实验组。",
    ),
    "unreachable on the page": words(
        "Let the page show more offers (max_offers), do away with their exclusive group or clashing claims, or move it further up.",
        "请让页面展示更多优惠（max_offers），取消互斥组、消除矛盾的说法，或将它移到更靠前的版位。",
    ),
    "no-content": words(
        'Add an entry that is for everybody at all times and no offer, or say "may_be_empty": true.',
        "请添加一个面向所有访客、始终可展示且不属于优惠的内容，或为该版位设置 may_be_empty: true。",
    ),
    "contradiction": words(
        "Let both say the same, or add an entry there that says nothing of it.",
        "请让两者说法一致，或在该版位添加一个不涉及此事的内容。",
    ),
    "wrong-channel": words(
        "Write its rule with what is known {channel}, use another entry there, or, if it is not meant for there, "
        'name its channels in the rule, such as "channel": {elsewhere}.',
        "请改用{channel}可以获知的信息，或在此处换用其他内容；如果它本就不用于此处，请在规则中写明渠道，"
        '例如 "channel": {elsewhere}。',
    ),
    "equivalent": words(
        "Keep one and use it for both, or change one if they should differ.",
        "请只保留其中一个；如果两者本应不同，请修改其中一个。",
    ),
    "contained": words(
        "If that is meant, only mind the order: a variant for {key} has to stand above one for {by}.",
        "如果这是您的本意，只需注意顺序：面向{key}的版本应排在面向{by}的版本之前。",
    ),
    "not-proved time": words(
        "Nothing is known to be wrong. Give the check more time (--budget), or put fewer variants in one place.",
        "目前没有发现问题。请延长检查时间（--budget），或减少同一版位的版本数量。",
    ),
    "not-proved solver": words(
        "Nothing is known to be wrong. Write the rules there more simply.",
        "目前没有发现问题。请简化此处的规则。",
    ),
    "not-proved extra": words(
        'Install it: pip install "vitrine-cms[proofs]".', '请安装：pip install "vitrine-cms[proofs]"。'
    ),
}

# What follows the message where it is known: why, and what an example shows.
REASONS: Mapping[str, Words] = {
    "clauses": words("These contradict each other: {clauses}.", "以下条件互相矛盾：{clauses}。"),
    "clause": words("This cannot be met: {clauses}.", "以下条件无法满足：{clauses}。"),
    "clause of time": words("From now on this cannot be met: {clauses}.", "从现在起，以下条件无法再满足：{clauses}。"),
    "currencies": words("Amounts are in {currencies} here.", "此处的金额均以 {currencies} 计。"),
    "nothing fits": words("What stands there is kept away: {whys}.", "此处的内容未能展示：{whys}。"),
    "kept away": words(
        "What would fit there loses to {by} further up the page.", "原本合适的内容因页面上方的{by}而未能展示。"
    ),
    "closest": words("The closest is {visitor}: one part fails.", "最接近的是{visitor}：仅有一项条件不符。"),
    "instead": words("For example, {visitor} sees {shown}.", "例如，{visitor}看到的是{shown}。"),
    "nothing instead": words("For example, {visitor} sees nothing there.", "例如，{visitor}在那里看不到任何内容。"),
    "only in": words("Not the other way round: {visitor} is only in {by}.", "反之则不然：{visitor}只属于{by}。"),
}

# What follows the suggestion.
HINTS: Mapping[str, Words] = {
    "either": words(
        'If one of them is enough, as with hours around midnight, join them with "any".',
        '如果满足其中之一即可（例如跨越午夜的时段），请用 "any" 连接。',
    ),
}

# What was asked and not answered, by what it is about.
QUESTIONS: Mapping[str, Words] = {
    "variant": words("{name} is ever shown", "{name}是否会展示"),
    "variants": words(
        "{count} variants in {place} are ever shown, {name} among them",
        "{place}中的{count}个版本（包括{name}）是否会展示",
    ),
    "slot": words("{place} always shows something", "{place}是否始终有内容"),
    "page": words("{place} always shows something in each of its slots", "{place}的每个版位是否始终有内容"),
    "segment": words(
        "anybody can be in the segment {key}, and whether another holds the same visitors",
        "是否有访客符合人群{key}的条件，以及它与其他人群是否相同",
    ),
}

CHANNELS: Mapping[str, Words] = {
    "web": words("on the web", "在网页上"),
    "app": words("in the app", "在 App 中"),
    "email": words("in mails", "在邮件中"),
}

WHO: Mapping[str, Words] = {
    "visitor": words("a visitor ({told})", "访客（{told}）"),
    "anybody": words("a visitor of whom nothing is known", "没有任何已知信息的访客"),
    "somebody": words("some visitors", "部分访客"),
    "pair": words("{name}: {value}", "{name}：{value}"),
    "more": words("and {count} more", "另有{count}项"),
    "no more": words("nothing else known", "其他信息未知"),
    "market": words("market", "市场"),
    "time": words("time", "时间"),
}

SAID: Mapping[str, Words] = {
    "where": words("in {place}", "在{place}"),
    "sides": words(": {left} against {right}", "（分别为{left}和{right}）"),
    "push": words("in stock", "有货"),
    "why": words("{name} ({said})", "{name}（{said}）"),
    "moment": words("{day}, {hour}", "{day} {hour}"),
    "sold out": words("sold out", "售罄"),
}

JOINTS: Mapping[str, Words] = {
    "sentences": words("{left} {right}", "{left}{right}"),
    "clauses": words("{left}; {right}", "{left}；{right}"),
    "facts": words("{left}; {right}", "{left}，{right}"),
}
