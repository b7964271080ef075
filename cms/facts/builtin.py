"""The table of built-in facts; `docs/facts.md` shows the same rows and a test compares them."""

from cms.facts.declarations import CHANNELS, STAGES, Absence, Fact, FactRef, FactSchema, FactType, Origin
from cms.facts.signals import Signal

_ONLINE = CHANNELS - {"email"}
_CART = frozenset({Signal.CART})
_THRESHOLD = frozenset({Signal.CART, Signal.PROMOTIONS, Signal.CUSTOMER})
_PROMOTED = frozenset({Signal.PROMOTIONS, Signal.CUSTOMER})
_CUSTOMER = frozenset({Signal.CUSTOMER})
_ORDERS = frozenset({Signal.ORDERS})
_CATALOGUE = frozenset({Signal.CATALOGUE})
_TRAITS = frozenset({Signal.TRAITS})
_COUNTERS = frozenset({Signal.COUNTERS})

B, N, M, T, E, S, D = list(FactType)[:7]


def _title(en: str, hans: str, hant: str) -> dict[str, str]:
    return {"en": en, "zh-Hans": hans, "zh-Hant": hant}


def _request(stem: str, kind: FactType, en: str, hans: str, hant: str, **more: object) -> Fact:
    more.setdefault("channels", _ONLINE)
    return Fact(stem, kind, Origin.REQUEST, _title(en, hans, hant), **more)  # type: ignore[arg-type]


def _signal(
    stem: str, kind: FactType, signals: frozenset[Signal], en: str, hans: str, hant: str, **more: object
) -> Fact:
    return Fact(stem, kind, Origin.SIGNAL, _title(en, hans, hant), signals=signals, **more)  # type: ignore[arg-type]


def _trait(stem: str, kind: FactType, en: str, hans: str, hant: str, **more: object) -> Fact:
    return Fact(stem, kind, Origin.TRAIT, _title(en, hans, hant), signals=_TRAITS, **more)  # type: ignore[arg-type]


def _clock(stem: str, kind: FactType, en: str, hans: str, hant: str, **more: object) -> Fact:
    return Fact(stem, kind, Origin.CLOCK, _title(en, hans, hant), **more)  # type: ignore[arg-type]


DEVICES = ("desktop", "mobile", "tablet", "app", "mini-program")
SOURCES = ("direct", "organic", "paid", "email", "social", "affiliate", "referral", "wechat")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

REQUEST_FACTS = (
    _request("visitor.device", E, "device", "设备", "裝置", of=DEVICES),
    _request("visitor.is_new", B, "first visit", "首次访问", "首次造訪"),
    _request("visitor.visits", N, "number of visits", "访问次数", "造訪次數", minimum=0, whole=True),
    _request("visitor.country", T, "country", "国家", "國家", channels=CHANNELS),
    _request("visitor.region", T, "region", "地区", "地區", channels=CHANNELS),
    _request("visitor.logged_in", B, "logged in", "已登录", "已登入"),
    _request("visitor.consent", B, "consent", "已同意", "已同意", channels=CHANNELS),
    _request("source.kind", E, "traffic source", "流量来源", "流量來源", of=SOURCES),
    _request("source.medium", T, "traffic medium", "流量媒介", "流量媒介"),
    _request("source.campaign", T, "campaign", "营销活动", "行銷活動"),
    _request("source.referrer_host", T, "referring site", "来源网站", "來源網站"),
    _request("source.scene", T, "WeChat scene", "微信场景值", "微信場景值"),
    _request("locale", E, "language", "语言", "語言", channels=CHANNELS),
    _request("currency", E, "currency", "货币", "幣別", channels=CHANNELS),
    _request("channel", E, "channel", "渠道", "通路", channels=CHANNELS, of=("web", "email", "app")),
    _request("page.stage", E, "stage of the journey", "旅程阶段", "旅程階段", channels=CHANNELS, of=STAGES),
    _request("page.product", T, "product viewed", "正在浏览的商品", "正在瀏覽的商品"),
    _request("page.category", T, "category viewed", "正在浏览的分类", "正在瀏覽的分類"),
    _request("page.search_terms", S, "search terms", "搜索词", "搜尋詞"),
    _request("session.page_views", N, "pages seen in this visit", "本次浏览页数", "本次瀏覽頁數", minimum=0, whole=True),
    _request("session.seconds", N, "seconds in this visit", "本次停留秒数", "本次停留秒數", minimum=0),
    _request(
        "session.seconds_in", N, "seconds in a category", "在某分类停留秒数", "在某分類停留秒數",
        parameters=("category",), minimum=0,
    ),
    _request("session.viewed", S, "products seen in this visit", "本次看过的商品", "本次看過的商品"),
    _request("session.abandoned_cart", B, "left a cart behind", "曾放弃购物车", "曾放棄購物車"),
)  # fmt: skip

CART_FACTS = (
    _signal("cart.subtotal", M, _CART, "cart subtotal", "购物车小计", "購物車小計", minimum=0, owner=Signal.CART),
    _signal("cart.count", N, _CART, "items in the cart", "购物车件数", "購物車件數", minimum=0, whole=True, owner=Signal.CART),
    _signal("cart.skus", S, _CART, "products in the cart", "购物车中的商品", "購物車中的商品", owner=Signal.CART),
    _signal(
        "cart.categories", S, _CART | _CATALOGUE, "categories in the cart", "购物车中的分类", "購物車中的分類",
        owner=Signal.CART,
    ),
    _signal(
        "cart.quantity", N, _CART, "quantity in the cart", "购物车中的数量", "購物車中的數量",
        parameters=("sku",), minimum=0, whole=True, absent=Absence.ZERO, owner=Signal.CART,
    ),
    _signal(
        "cart.amount_in", M, _CART | _CATALOGUE, "cart amount in a category", "购物车中某分类金额", "購物車中某分類金額",
        parameters=("category",), minimum=0, absent=Absence.ZERO, owner=Signal.CART,
    ),
    _signal("cart.max_item_price", M, _CART, "dearest item in the cart", "购物车中最贵商品", "購物車中最貴商品", minimum=0),
    _signal("cart.shipping_method", T, _CART, "shipping method", "配送方式", "配送方式"),
    _signal("cart.promotions", S, _CART, "promotions in the cart", "购物车中的促销", "購物車中的促銷", owner=Signal.CART),
    _signal(
        "cart.gap", M, _THRESHOLD, "amount missing to a promotion", "距促销门槛的差额", "距促銷門檻的差額",
        parameters=("promotion",), minimum=0,
    ),
)  # fmt: skip

CUSTOMER_FACTS = (
    _signal("customer.kind", E, _CUSTOMER, "kind of customer", "客户类型", "客戶類型", of=("consumer", "business")),
    _signal("customer.groups", S, _CUSTOMER, "customer groups", "客户组", "客戶群組"),
    _signal("customer.company", T, _CUSTOMER, "company", "公司", "公司"),
    _signal("customer.company_level", E, _CUSTOMER, "company level", "企业等级", "企業等級", ordered=True),
    _signal("customer.loyalty_tier", E, _CUSTOMER, "loyalty tier", "会员等级", "會員等級", ordered=True),
    _signal("customer.loyalty_points", N, _CUSTOMER, "loyalty points", "会员积分", "會員點數", minimum=0, whole=True),
    _signal("customer.is_member", B, _CUSTOMER, "member", "会员", "會員"),
    _signal("customer.tags", S, _CUSTOMER, "customer tags", "客户标签", "客戶標籤"),
)

ORDER_FACTS = (
    _signal("orders.count", N, _ORDERS, "number of orders", "订单数", "訂單數", minimum=0, whole=True, owner=Signal.ORDERS),
    _signal("orders.total", M, _ORDERS, "spent in all", "累计消费", "累計消費", minimum=0, owner=Signal.ORDERS),
    _signal("orders.average", M, _ORDERS, "average order", "平均客单价", "平均客單價", minimum=0),
    _signal("orders.last", D, _ORDERS, "last order", "最近一次下单", "最近一次下單", absent=Absence.NEVER, owner=Signal.ORDERS),
    _signal("orders.yearly_volume", M, _ORDERS, "spent within a year", "近一年消费", "近一年消費", minimum=0, owner=Signal.ORDERS),
    _signal(
        "bought", D, _ORDERS | _CATALOGUE, "last purchase", "最近一次购买", "最近一次購買",
        parameters=("sku", "category"), absent=Absence.NEVER, owner=Signal.ORDERS,
    ),
    _signal(
        "orders.quantity", N, _ORDERS | _CATALOGUE, "quantity bought", "购买数量", "購買數量",
        parameters=("category",), suffix=".last_90_days", minimum=0, whole=True, absent=Absence.ZERO, owner=Signal.ORDERS,
    ),
)  # fmt: skip

CATALOGUE_FACTS = (
    _signal("product.price", M, _CATALOGUE, "price of the product viewed", "所浏览商品的价格", "所瀏覽商品的價格", minimum=0),
    _signal("product.category", T, _CATALOGUE, "category of the product viewed", "所浏览商品的分类", "所瀏覽商品的分類"),
    _signal(
        "product.categories", S, _CATALOGUE, "categories of the product viewed", "所浏览商品的全部分类", "所瀏覽商品的全部分類"
    ),
    _signal("product.tags", S, _CATALOGUE, "tags of the product viewed", "所浏览商品的标签", "所瀏覽商品的標籤"),
    _signal("product.stock", N, _CATALOGUE, "stock of the product viewed", "所浏览商品的库存", "所瀏覽商品的庫存", minimum=0, whole=True),
    _signal("product.rating", N, _CATALOGUE, "rating of the product viewed", "所浏览商品的评分", "所瀏覽商品的評分", minimum=0),
    _signal("product.in_cart", B, _CART | _CATALOGUE, "product viewed is in the cart", "所浏览商品已在购物车", "所瀏覽商品已在購物車"),
    _signal(
        "product.last_bought", D, _ORDERS | _CATALOGUE, "last purchase of the product viewed", "上次购买所浏览商品",
        "上次購買所瀏覽商品", absent=Absence.NEVER, owner=Signal.ORDERS,
    ),
    _signal("stock", N, _CATALOGUE, "stock", "库存", "庫存", parameters=("sku",), minimum=0, whole=True),
    _signal(
        "shop.free_shipping_threshold", M, _PROMOTED, "free-shipping threshold", "包邮门槛", "免運門檻", minimum=1
    ),
    _signal("shop.promotions", S, _PROMOTED, "running promotions", "进行中的促销", "進行中的促銷", owner=Signal.PROMOTIONS),
    _signal(
        "next.threshold", M, _THRESHOLD, "next threshold", "下一档门槛", "下一級門檻", parameters=("promotion",), minimum=0
    ),
    _signal(
        "next.percent", N, _THRESHOLD, "next discount", "下一档折扣", "下一級折扣",
        parameters=("promotion",), minimum=0, maximum=100,
    ),
    _signal(
        "tier.percent", N, _THRESHOLD, "discount reached", "已达折扣", "已達折扣",
        parameters=("promotion",), minimum=0, maximum=100,
    ),
)  # fmt: skip

TRAIT_FACTS = (
    _trait("rfm.class", E, "customer class", "客户分层", "客戶分層", ordered=True),
    _trait("rfm.recency_days", N, "days since the last order", "距上次下单天数", "距上次下單天數", minimum=0, whole=True),
    _trait("rfm.frequency", N, "order frequency", "购买频次", "購買頻次", minimum=0),
    _trait("rfm.monetary", M, "spending", "消费金额", "消費金額", minimum=0),
    _trait("clv", M, "customer lifetime value", "客户终身价值", "顧客終身價值", minimum=0),
    _trait("churn_risk", N, "churn risk", "流失风险", "流失風險", minimum=0, maximum=1),
    _trait("affinity", N, "affinity to a category", "品类偏好", "品類偏好", parameters=("category",), minimum=0, maximum=1),
    _trait("replenish_due", D, "replenishment due", "补货到期日", "補貨到期日", parameters=("sku",)),
    _trait("crm.tags", S, "CRM tags", "CRM 标签", "CRM 標籤"),
    _trait("cdp.audiences", S, "CDP audiences", "CDP 人群", "CDP 受眾"),
    _trait("social.friends_bought", S, "products friends bought", "好友买过的商品", "好友買過的商品"),
    _trait("social.hot_nearby", S, "products popular nearby", "附近热卖的商品", "附近熱賣的商品"),
    Fact(
        "shown", N, Origin.TRAIT, _title("times shown", "展示次数", "顯示次數"),
        parameters=("entry",), suffix=".last_7_days", minimum=0, whole=True, absent=Absence.ZERO, signals=_COUNTERS,
        owner=Signal.COUNTERS,
    ),
    Fact(
        "dismissed", D, Origin.TRAIT, _title("dismissed", "关闭日期", "關閉日期"), parameters=("entry",),
        absent=Absence.NEVER, signals=_COUNTERS, owner=Signal.COUNTERS,
    ),
    Fact(
        "pressure", N, Origin.TRAIT, _title("weight of the offers shown", "已展示优惠的打扰值", "已顯示優惠的打擾值"),
        minimum=0, whole=True, absent=Absence.ZERO, signals=_COUNTERS, owner=Signal.COUNTERS,
    ),
)  # fmt: skip

CLOCK_FACTS = (
    _clock("now.date", D, "today", "今天", "今天"),
    _clock("now.hour", N, "hour of the day", "当前小时", "目前小時", minimum=0, maximum=23, whole=True),
    _clock("now.weekday", E, "weekday", "星期", "星期", of=WEEKDAYS, ordered=True),
)

BUILTIN_FACTS = FactSchema(
    [*REQUEST_FACTS, *CART_FACTS, *CUSTOMER_FACTS, *ORDER_FACTS, *CATALOGUE_FACTS, *TRAIT_FACTS, *CLOCK_FACTS]
)


def builtin(name: str) -> FactRef:
    """Resolve a built-in fact that the engine itself reads; a parameter may be any text, as shops' SKUs are.

    Raises:
        LookupError: No such built-in fact; a mistake in the engine.
    """
    stem, _, rest = name.partition("[")
    parameter, _, suffix = rest.rpartition("]")
    return FactRef(name, BUILTIN_FACTS.spelled(stem, suffix, has_parameter=bool(rest)), parameter)
