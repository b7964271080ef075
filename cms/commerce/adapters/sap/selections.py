"""What adapter `sap` asks OCC for: never a preset such as FULL, only what the normal form needs."""

CART = (
    "code,guid,totalItems,totalPrice(currencyIso),subTotal(value,currencyIso),deliveryMode(code),"
    "appliedOrderPromotions(promotion(code)),appliedProductPromotions(promotion(code)),"
    "entries(quantity,totalPrice(value,currencyIso),product(code,categories(code)))"
)
CUSTOMER = "customerId"
EMPLOYEE = "customerId,orgUnit(uid,name),roles"  # of a company, on a B2B site
GROUPS = "userGroups(uid)"
ORDERS = "orders(code,placed,status,total(value,currencyIso)),pagination(totalPages,totalResults)"
ORDER = "code,entries(quantity,product(code,categories(code)))"
TEXTS = "code,name,classifications(features(code,name,comparable,featureUnit(symbol),featureValues(value)))"
STOCK = "code,stock(stockLevel,stockLevelStatus,isValueRounded)"
PRODUCT = (
    f"{TEXTS},url,purchasable,baseProduct,price(value,currencyIso),stock(stockLevel,stockLevelStatus,isValueRounded),"
    "averageRating,numberOfReviews,categories(code),tags,images(url,format,imageType),"
    "productReferences(referenceType,target(code))"
)
EXPORT = "products({}),totalPageCount,totalProductCount"
SEARCH = f"products({STOCK}),pagination(totalPages,totalResults)"
UPDATES = "productExpressUpdateElements(code)"
