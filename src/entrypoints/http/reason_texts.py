"""What a refusal of OCTO means for the shop, and what it can do about it. A table, as long as the reasons."""

from collections.abc import Mapping
from typing import Final

from domain.refusals import Reason
from entrypoints.http.language import Text

REASONS: Final[Mapping[Reason, Text]] = {
    Reason.MALFORMED: Text(
        "OCTO soʻrov shaklini tushunmadi. Bu xizmatning xatosi: soʻrov raqami bilan uning operatoriga xabar bering.",
        "OCTO не понял форму запроса. Это ошибка сервиса: сообщите его оператору номер запроса.",
        "OCTO did not understand the request. This is a fault of the service: tell its operator the request id.",
    ),
    Reason.CREDENTIALS: Text(
        "OCTO doʻkon raqami yoki maxfiy kalitini tanimadi. OCTO_SHOP_ID va OCTO_SECRET ni kabinetdagi bilan solishtiring.",
        "OCTO не признал номер магазина или его секрет. Сверьте OCTO_SHOP_ID и OCTO_SECRET с кабинетом.",
        "OCTO does not know the shop, or its secret is wrong. Compare OCTO_SHOP_ID and OCTO_SECRET with the cabinet.",
    ),
    Reason.BASKET: Text(
        "Mahsulotlar summasi toʻlov summasiga teng emas. Yetkazib berish ham alohida mahsulot boʻlishi kerak.",
        "Сумма позиций не равна сумме платежа. Доставка тоже должна быть отдельной позицией.",
        "The items do not add up to the sum of the payment. Delivery has to be an item of its own.",
    ),
    Reason.FAULT: Text(
        "OCTO ichida xatolik yuz berdi va amal bajarilgan-bajarilmagani nomaʼlum. Holatni kuzating: natijani xizmat oʻzi aniqlaydi.",
        "В OCTO произошла ошибка, и не известно, выполнено ли действие. Следите за статусом: сервис сам выяснит результат.",
        "Something went wrong at OCTO, and it is not known whether it was done. Follow the status: the service finds out.",
    ),
    Reason.NOT_APPROVED: Text(
        "Doʻkon hali haqiqiy toʻlovlar uchun tasdiqlanmagan. OCTO bilan bogʻlaning yoki OCTO_TEST_MODE=true bilan sinang.",
        "Магазин ещё не допущен к настоящим платежам. Обратитесь в OCTO или пробуйте с OCTO_TEST_MODE=true.",
        "The shop is not approved for real payments yet. Ask OCTO, or try with OCTO_TEST_MODE=true.",
    ),
    Reason.CURRENCY: Text(
        "Doʻkon shartnomasi bu valyutaga ruxsat bermaydi.",
        "Договор магазина не разрешает эту валюту.",
        "The shop's contract does not allow this currency.",
    ),
    Reason.METHOD: Text(
        "PAYMENT_METHODS dagi toʻlov usullaridan biri doʻkon tarifida yoʻq.",
        "Одного из способов оплаты в PAYMENT_METHODS нет в тарифе магазина.",
        "One of the methods in PAYMENT_METHODS is not in the shop's tariff.",
    ),
    Reason.SUPPLIER: Text(
        "OCTO mahsulotning yetkazib beruvchisini tanimadi.",
        "OCTO не знает поставщика одной из позиций.",
        "OCTO does not know the supplier of an item.",
    ),
    Reason.NO_NOTIFY_URL: Text(
        "OCTO bildirishnoma manzilini olmadi. PUBLIC_URL ni tekshiring.",
        "OCTO не получил адрес для уведомлений. Проверьте PUBLIC_URL.",
        "OCTO was given no address for its callbacks. Check PUBLIC_URL.",
    ),
    Reason.CUSTOMER: Text(
        "OCTO xaridor maʼlumotlarini qabul qilmadi. Buyurtmani ularsiz yarating.",
        "OCTO не принял данные покупателя. Создайте заказ без них.",
        "OCTO did not take the customer's data. Create the order without them.",
    ),
    Reason.TSP_ID: Text(
        "Doʻkon OCTO da agregator sifatida roʻyxatdan oʻtgan va tsp_id talab qilinadi, xizmat esa uni yubormaydi.",
        "Магазин заведён в OCTO как агрегатор и должен передавать tsp_id, а сервис его не отправляет.",
        "OCTO has the shop down as an aggregator, which must send a tsp_id, and this service sends none.",
    ),
    Reason.FISCAL: Text(
        "Mahsulotning MXIK va qadoq kodi doʻkon uchun roʻyxatdan oʻtkazilmagan. Bank menejeriga murojaat qiling.",
        "Код ИКПУ и упаковки товара не зарегистрированы для магазина. Обратитесь к менеджеру банка.",
        "An item's classifier and package codes are not registered for the shop. Ask the manager at the bank.",
    ),
    Reason.TOO_OFTEN: Text(
        "OCTO dan bir toʻlov haqida soniyasiga bir martadan koʻp soʻraldi. Xizmat keyinroq qayta soʻraydi.",
        "OCTO спросили об одном платеже чаще раза в секунду. Сервис спросит ещё раз позже.",
        "OCTO was asked about one payment more than once a second. The service asks again later.",
    ),
    Reason.NO_SUCH_PAYMENT: Text(
        "OCTO bunday toʻlovni bilmaydi. Hodisalar jurnalini operator bilan koʻrib chiqing.",
        "OCTO не знает такого платежа. Просмотрите журнал событий вместе с оператором.",
        "OCTO does not know this payment. Go through its timeline with the operator.",
    ),
    Reason.CARD: Text(
        "Bank kartani qabul qilmadi. Xaridor boshqa karta bilan toʻlashi mumkin.",
        "Банк не принял карту. Покупатель может оплатить другой картой.",
        "The bank did not take the card. The payer may try another one on the same payment.",
    ),
    Reason.WRONG_CODE: Text(
        "SMS-kod qabul qilinmadi. Uchinchi xatodan soʻng toʻlov bekor boʻladi va yangisini boshlash kerak.",
        "Код из SMS не принят. После третьей ошибки платёж отменяется, и нужно начать новый.",
        "The code was not accepted. After the third wrong one the payment is cancelled, and a new one has to be started.",
    ),
    Reason.NO_MORE_CODES: Text(
        "OCTO bu toʻlov uchun boshqa SMS yubormaydi. Xaridor kartani qaytadan kiritishi mumkin.",
        "OCTO больше не отправляет SMS для этого платежа. Покупатель может ввести карту заново.",
        "OCTO sends no more SMS for this payment. The payer may enter a card anew.",
    ),
    Reason.NOT_CHANGEABLE: Text(
        "OCTO mablagʻni hozir yecha yoki qaytara olmaydi. Toʻlov holatini qayta oʻqing.",
        "OCTO сейчас не может списать или вернуть удержанное. Прочитайте статус платежа ещё раз.",
        "OCTO cannot take or give back the hold in its present state. Read the status of the payment again.",
    ),
    Reason.WRONG_AMOUNT: Text(
        "OCTO bu summani qaytarmaydi: u eng kam miqdordan past, 10 000 000 soʻmdan koʻp yoki qolgan summadan ortiq.",
        "OCTO не вернёт эту сумму: она ниже минимума, больше 10 000 000 сумов или больше остатка.",
        "OCTO does not refund this sum: it is below the minimum, above 10 000 000 soum, or more than is left.",
    ),
    Reason.UNEXPLAINED: Text(
        "OCTO sababini tushuntirmadi. octo_code ni OCTO ning texnik yordamiga ayting.",
        "OCTO не объяснил причину. Сообщите octo_code технической поддержке OCTO.",
        "OCTO gave no reason that is known. Tell OCTO's support the octo_code.",
    ),
}
