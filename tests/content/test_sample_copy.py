"""The copy of the sample workspace as a reader in each language and as who answers for it sees it."""

import json
import re
from collections.abc import Iterator

import pytest
from sample import ROOT

from cms.components.body import nodes
from cms.content.snapshot import Entry, Snapshot

# Words of the mainland that a reader in Taiwan would not use, and what they read instead.
NOT_IN_TAIWAN = {
    "包郵": "免運", "郵箱": "電子郵件", "積分": "點數", "客戶群體": "客群", "綠植": "植物", "賬戶": "帳戶", "鏈接": "連結",
    "信息": "訊息", "短信": "簡訊", "視頻": "影片", "質量": "品質", "默認": "預設", "登錄賬": "登入", "優惠券": "折價券",
    "加急": "快速到貨", "綠植會": "綠友會", "綠蘿": "黃金葛", "金錢樹": "美鐵芋", "龜背竹": "龜背芋", "營養土": "培養土",
    "園丁": "園藝師", "介質": "培養土", "採購單價": "單價", "打包": "包裝", "公交": "公車", "酒店": "飯店",
}  # fmt: skip
NOT_ON_THE_MAINLAND = {
    "免运": "包邮", "点数": "积分", "绿友会": "绿植会", "植栽": "绿植", "信箱": "邮箱", "帐户": "账户", "讯息": "消息",
    "客户群体": "客户", "苗圃师傅": "园艺师", "宠物友好": "对宠物安全",
}  # fmt: skip
OWNERS = {"brand", "content", "growth", "lifecycle", "loyalty", "merchandising", "service", "trade"}
PRESSURE = re.compile(
    r"hurry!|last chance|don't miss|act now|最后机会|最後機會|错过|錯過|赶快|趕快|抢购|搶購|!|！", re.IGNORECASE
)


def _texts(entry: Entry, locale: str) -> Iterator[str]:
    for variant in entry.variants:
        for node in nodes(variant.content[locale]):
            yield str(node)


def _written(sample: Snapshot, locale: str) -> Iterator[tuple[str, str]]:
    for entry in sample.entries.values():
        yield from ((entry.key, text) for text in _texts(entry, locale))
    for email in sample.emails.values():
        texts = (*email.subject[locale], *email.preheader[locale])
        yield from ((email.page.key, str(text)) for text in texts)


def test_every_variant_subject_and_preheader_is_written_in_all_three_locales(sample: Snapshot) -> None:
    locales = {"en", "zh-Hans", "zh-Hant"}
    assert set(sample.settings.locales) == locales
    for entry in sample.entries.values():
        assert {variant.key for variant in entry.variants if set(variant.content) != locales} == set(), entry.key
    for email in sample.emails.values():
        assert set(email.subject) == set(email.preheader) == locales


@pytest.mark.parametrize(("locale", "foreign"), [("zh-Hant", NOT_IN_TAIWAN), ("zh-Hans", NOT_ON_THE_MAINLAND)])
def test_chinese_is_written_for_its_readers_and_not_converted(
    sample: Snapshot, locale: str, foreign: dict[str, str]
) -> None:
    found = [
        f"{key}: {word}, say {better}"
        for key, text in _written(sample, locale)
        for word, better in foreign.items()
        if word in text
    ]
    assert found == []


@pytest.mark.parametrize(
    ("hans", "hant"), [("包邮", "免運"), ("积分", "點數"), ("企业", "企業"), ("购物车", "購物車"), ("园艺师", "園藝師")]
)
def test_the_terms_of_the_shop_are_used_in_both(sample: Snapshot, hans: str, hant: str) -> None:
    assert [text for _, text in _written(sample, "zh-Hans") if hans in text]
    assert [text for _, text in _written(sample, "zh-Hant") if hant in text]


def test_the_traditional_copy_differs_in_more_than_its_script(sample: Snapshot) -> None:
    """A conversion keeps the length of every text; a translation of a whole entry mostly does not."""
    lengths = [
        [len("".join(_texts(entry, locale))) for locale in ("zh-Hans", "zh-Hant")] for entry in sample.entries.values()
    ]
    assert sum(hans != hant for hans, hant in lengths) > len(lengths) / 2


@pytest.mark.parametrize("locale", ["en", "zh-Hans", "zh-Hant"])
def test_nobody_is_put_under_pressure(sample: Snapshot, locale: str) -> None:
    assert [(key, text) for key, text in _written(sample, locale) if PRESSURE.search(text)] == []


def test_every_offer_can_be_closed_and_says_what_kind_it_is(sample: Snapshot) -> None:
    offers = [entry for entry in sample.entries.values() if entry.offer is not None]
    assert [entry.key for entry in offers if not entry.component.dismissible] == []
    assert [entry.key for entry in offers if entry.offer and not entry.offer.kind] == []


def test_every_entry_has_an_owner() -> None:
    folder = ROOT / "content/entries"
    files = [*folder.glob("*.json"), *folder.glob("*/entry.json")]
    assert {json.loads(file.read_text("utf-8")).get("owner") for file in files} == OWNERS
