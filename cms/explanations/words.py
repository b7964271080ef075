"""The words that decisions are explained with, in the languages we ship."""

from collections.abc import Mapping

from cms.decisions.decision import Reason
from cms.segments.phrases import Words, words

OUTCOMES: Mapping[str, Words] = {
    "chosen": words("shown", "已展示", "已顯示"),
    "when": words("its rule does not match: {test}", "规则不符合：要求{test}", "規則不符合：要求{test}"),
    "audience": words(
        "not meant for this visitor: {test}", "不面向这位访客：要求{test}", "不適用於這位訪客：要求{test}"
    ),
    "schedule": words("not scheduled now", "当前不在排期内", "目前不在檔期內"),
    "content": words(
        "not written in {detail} or what it falls back to",
        "没有{detail}及其备用语言的文案",
        "沒有{detail}及其備用語言的文案",
    ),
    "placeholder": words("its text needs {fact}", "文案需要填入“{fact}”", "文案需要填入「{fact}」"),
    "promise": words("the shop does not confirm {matter}", "商城未确认{matter}", "商店未確認{matter}"),
    "claims": words(
        "would contradict {rival} about {matter}",
        "关于{matter}，与{rival}的说法矛盾",
        "關於{matter}，與{rival}的說法矛盾",
    ),
    "product": words("the product {detail} cannot be had now", "商品{detail}目前无法购买", "商品{detail}目前無法購買"),
    "rail": words("the rail {detail} has too few products", "推荐栏{detail}的商品不足", "推薦欄{detail}的商品不足"),
    "repeats": words(
        "would only repeat products shown already, in the cart or just bought",
        "只会重复已展示过、已在购物车中或刚买过的商品",
        "只會重複已顯示過、已在購物車中或剛買過的商品",
    ),
    "max-offers": words(
        "the page has its offers already: {rival}", "页面的优惠已满：{rival}", "頁面的優惠已滿：{rival}"
    ),
    "exclusive": words(
        "{rival} has taken its exclusive group", "同组优惠互斥，已由{rival}占用", "同組優惠互斥，已由{rival}佔用"
    ),
    "pressure": words("enough offers were shown lately", "近期展示的优惠已够多", "近期顯示的優惠已夠多"),
    "stage": words("never shown at the stage {detail}", "在{detail}阶段从不展示", "在{detail}階段從不顯示"),
    "channel": words("has no output for {detail}", "没有用于{detail}渠道的版本", "沒有用於{detail}通路的版本"),
    "capped": words("shown often enough: {cap}", "展示次数已达上限：{cap}", "顯示次數已達上限：{cap}"),
    "dismissed": words("was dismissed", "已被访客关闭", "已被訪客關閉"),
    "held-out": words(
        "kept back: this visitor is held out", "访客在保留组中，不做个性化", "訪客在保留組中，不做個人化"
    ),
    "outranked": words("not needed: {rival} came first", "未轮到：{rival}排在前面", "未輪到：{rival}排在前面"),
    "not-drawn": words("shown only by its experiment", "仅由实验展示", "僅由實驗顯示"),
}

REASON_WORDS: Mapping[Reason, Words] = {
    Reason.STATIC: words("the entry has only this variant", "该内容只有这一个版本", "此內容只有這一個版本"),
    Reason.DEFAULT: words("no other variant applies", "没有其他版本适用", "沒有其他版本適用"),
    Reason.TARGETING_MATCH: words("its rule matches", "符合规则", "符合規則"),
    Reason.SPLIT: words("an experiment drew it", "由实验分配", "由實驗分配"),
    Reason.STALE: words(
        "its rule matches on facts past their fresh age",
        "符合规则，但所依据的数据不够新",
        "符合規則，但所依據的資料不夠新",
    ),
    Reason.DISABLED: words("it is switched off", "已停用", "已停用"),
    Reason.ERROR: words("it could not be decided", "无法做出决定", "無法做出決定"),
}

# What commerce has to confirm, or two claims differ about, by the first word of a verdict's detail.
MATTERS: Mapping[str, Words] = {
    "promotion": words("the promotion {key}", "促销{key}", "促銷{key}"),
    "threshold": words("the threshold of {key}", "{key}的门槛", "{key}的門檻"),
    "price": words("the price of {key}", "{key}的价格", "{key}的價格"),
    "stock": words("the stock of {key}", "{key}的库存", "{key}的庫存"),
    "discount": words("the discount on {key}", "{key}的折扣", "{key}的折扣"),
}

CAPS: Mapping[str, Words] = {  # by what it counts for
    "visitor": words(
        "at most {max} in {window} for each visitor", "每位访客{window}内最多{max}次", "每位訪客{window}內最多{max}次"
    ),
    "customer": words(
        "at most {max} in {window} for each customer", "每位客户{window}内最多{max}次", "每位客戶{window}內最多{max}次"
    ),
    "total": words("at most {max} in {window} in all", "总计{window}内最多{max}次", "總計{window}內最多{max}次"),
}

# Who told a fact: a signal, or what stands in for it.
SOURCES: Mapping[str, Words] = {
    "cart": words("the shop's cart", "商城的购物车", "商店的購物車"),
    "customer": words("the shop's customer data", "商城的客户资料", "商店的客戶資料"),
    "orders": words("the shop's orders", "商城的订单记录", "商店的訂單紀錄"),
    "catalogue": words("the shop's catalogue", "商城的商品目录", "商店的商品目錄"),
    "stock": words("the stock list", "库存表", "庫存表"),
    "promotions": words("the shop's promotions", "商城的促销", "商店的促銷"),
    "traits": words("traits", "访客特征", "訪客特徵"),
    "trait": words("traits", "访客特征", "訪客特徵"),
    "counters": words("what was counted", "展示与关闭的统计", "顯示與關閉的統計"),
    "request": words("the request", "请求", "請求"),
    "persona": words("the persona", "模拟访客", "模擬訪客"),
    "clock": words("the clock", "系统时间", "系統時間"),
    "page": words("the page", "页面", "頁面"),
}

TOLD: Mapping[str, Words] = {
    "": words("from {sources}", "来自{sources}", "來自{sources}"),
    "request": words("sent with the request", "随请求提供", "隨請求提供"),
    "persona": words("given by the persona", "由模拟访客给定", "由模擬訪客給定"),
    "clock": words("by the clock", "按当前时间", "依目前時間"),
    "page": words("the page's own", "由页面决定", "由頁面決定"),
}

# Why a fact is unknown: the words that a degraded signal has, and those of the explanation.
UNKNOWN: Mapping[str, Words] = {
    "channel": words("it is never known in this channel", "在此渠道中不会有", "在此通路中不會有"),
    "too-old": words("it was told too long ago", "数据已过期", "資料已過期"),
    "request": words("not sent with the request", "请求未提供", "請求未提供"),
    "persona": words("not given by the persona", "模拟访客未给定", "模擬訪客未給定"),
    # For want of a token, key or consent: no outage.
    "unasked": words(
        "{sources} could not be asked about this visitor", "无法就这位访客查询{sources}", "無法就這位訪客查詢{sources}"
    ),
    "untold": words("not told by {sources}", "{sources}中没有", "{sources}中沒有"),
    "timeout": words("{sources} did not answer in time", "{sources}未及时响应", "{sources}未及時回應"),
    "refused": words("{sources} could not be reached", "无法连接{sources}", "無法連線{sources}"),
    "error": words("{sources} answered with an error", "{sources}返回错误", "{sources}回傳錯誤"),
    "garbage": words("{sources} answered what cannot be read", "{sources}的回复无法读取", "{sources}的回覆無法讀取"),
    "busy": words("too many were asking {sources}", "{sources}查询过多", "{sources}查詢過多"),
    "unsupported": words("this shop does not tell of {sources}", "此商城不提供{sources}", "此商店不提供{sources}"),
    "unknown-token": words("the shop does not know this visitor", "商城不认识这位访客", "商店不認識這位訪客"),
    "not-configured": words("no shop is connected", "未连接商城", "未連接商店"),
}

FOUND: Mapping[str, Words] = {
    "known": words("{said}; found {seen} ({told})", "{said}；实际为{seen}（{told}）", "{said}；實際為{seen}（{told}）"),
    "each": words("{said}; found {seen}", "{said}；实际为{seen}", "{said}；實際為{seen}"),
    "one": words("{fact}: {seen}", "{fact}：{seen}", "{fact}：{seen}"),
    "unknown": words("{said}; unknown: {why}", "{said}；目前未知：{why}", "{said}；目前未知：{why}"),
    "told": words("{told}, {age}", "{told}，{age}", "{told}，{age}"),
    "step": words("{name}: {said}", "{name}：{said}", "{name}：{said}"),
    "whole": words("{said}; {change}", "{said}；{change}", "{said}；{change}"),
    "itself": words("not needed: another variant came first", "未轮到：另一版本排在前面", "未輪到：另一版本排在前面"),
    "the slot": words("the slot", "整个版位", "整個版位"),
    "nothing": words("nothing", "无", "無"),
    "place": words("at {page}, stage {stage}", "{page}，阶段 {stage}", "{page}，階段 {stage}"),
}

CHANGES: Mapping[str, Words] = {
    "would": words("would be shown with {changes}", "只要{changes}，就会展示", "只要{changes}，就會顯示"),
    "none": words("no change that was tried shows it", "试过的改变都不会让它展示", "試過的改變都不會讓它顯示"),
    "and": words("{left} and {right}", "{left}，并且{right}", "{left}，並且{right}"),
    "higher": words(
        "{fact} {difference} higher (at {to})",
        "{fact}增加{difference}（达到{to}）",
        "{fact}增加{difference}（達到{to}）",
    ),
    "lower": words(
        "{fact} {difference} lower (at {to})",
        "{fact}减少{difference}（降到{to}）",
        "{fact}減少{difference}（降到{to}）",
    ),
    "bool": words("“{fact}” being {to}", "“{fact}”为“{to}”", "「{fact}」為「{to}」"),
    "other": words("{fact} being {to} instead of {seen}", "{fact}由{seen}变为{to}", "{fact}由{seen}變為{to}"),
    "date": words("{fact} on {to} instead of {seen}", "{fact}由{seen}变为{to}", "{fact}由{seen}變為{to}"),
    "happened": words("{fact} on {to}", "{fact}在{to}", "{fact}在{to}"),
    "known": words("{fact} known to be {to}", "已知{fact}为{to}", "已知{fact}為{to}"),
    "unknown": words("{fact} unknown instead of {seen}", "{fact}未知（而不是{seen}）", "{fact}未知（而不是{seen}）"),
    "never": words("no record of {fact}", "没有“{fact}”记录", "沒有「{fact}」紀錄"),
    "added": words("{words} added to {fact}", "{fact}增加{words}", "{fact}增加{words}"),
    "removed": words("{words} removed from {fact}", "{fact}去掉{words}", "{fact}去掉{words}"),
    "any": words("{fact} known, whatever it is", "{fact}已知（不限内容）", "{fact}已知（不限內容）"),
    "any word": words("anything in {fact}", "“{fact}”中有任意一项", "「{fact}」中有任意一項"),
    "empty": words("{fact} known to be empty", "已知{fact}为空", "已知{fact}為空"),
    "now": words("the clock at {to}", "时间为{to}", "時間為{to}"),
    "locale": words("the language being {to}", "语言为{to}", "語言為{to}"),
    "price": words("the price of {key}", "{key}的价格", "{key}的價格"),
    "stock": words("the stock of {key}", "{key}的库存", "{key}的庫存"),
    "anything": words("something else", "其他内容", "其他內容"),
}
