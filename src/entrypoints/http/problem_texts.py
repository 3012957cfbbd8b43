"""What each problem says: what happened, whether money left the card, and what to do next. A table, as long as its codes."""

from collections.abc import Mapping
from typing import Final

from entrypoints.http.language import Text

PROBLEMS: Final[Mapping[str, Text]] = {
    # The order and its payment
    "order_not_found": Text(
        "Bunday buyurtma topilmadi.",
        "Такой заказ не найден.",
        "There is no such order.",
    ),
    "payment_not_started": Text(
        "Bu buyurtma boʻyicha toʻlov hali boshlanmagan.",
        "Оплата этого заказа ещё не начата.",
        "The payment of this order has not been started yet.",
    ),
    "transaction_not_found": Text(
        "Bu buyurtmada bunday toʻlov yoʻq. Sahifani yangilang.",
        "У этого заказа нет такого платежа. Обновите страницу.",
        "This order has no such payment. Reload the page.",
    ),
    "transaction_superseded": Text(
        "Bu toʻlov oʻrniga yangisi boshlangan. Sahifani yangilab, davom eting.",
        "Вместо этого платежа начат новый. Обновите страницу и продолжите.",
        "A newer payment has taken the place of this one. Reload the page and go on.",
    ),
    "reference_taken": Text(
        "Bu raqam bilan buyurtma allaqachon yaratilgan.",
        "Заказ с таким номером уже создан.",
        "An order with this reference exists already.",
    ),
    "order_not_payable": Text(
        "Bu buyurtmani toʻlab boʻlmaydi: u toʻlangan yoki bekor qilingan. Holatini tekshiring.",
        "Этот заказ нельзя оплатить: он уже оплачен или отменён. Проверьте его статус.",
        "This order cannot be paid: it is paid or cancelled already. Check its status.",
    ),
    "order_not_cancellable": Text(
        "Bu buyurtmani bekor qilib boʻlmaydi: uning puli olingan yoki kartada band qilingan. Pulni qaytaring yoki boʻshating.",
        "Этот заказ нельзя отменить: деньги по нему списаны или удержаны. Верните их возвратом или отпустите удержание.",
        "This order cannot be cancelled: its money was taken, or is held. Give it back by a refund, or by releasing the hold.",
    ),
    "payment_in_progress": Text(
        "Toʻlov bajarilmoqda va natijasi hali maʼlum emas. Kuting va qayta toʻlamang.",
        "Платёж выполняется, его результат ещё не известен. Подождите и не платите повторно.",
        "The payment is under way and its outcome is not known yet. Wait, and do not pay again.",
    ),
    "payment_final": Text(
        "Bu toʻlov yakunlangan. Buyurtma holatini tekshiring.",
        "Этот платёж завершён. Проверьте статус заказа.",
        "This payment is over. Check the status of the order.",
    ),
    "payment_not_ready": Text(
        "Toʻlov hali tayyor emas. Pul yechilmadi. Birozdan soʻng toʻlovni qaytadan boshlang.",
        "Платёж ещё не готов. Деньги не списаны. Начните оплату снова чуть позже.",
        "The payment is not ready yet. No money was taken. Start it again in a moment.",
    ),
    "paid_on_gateway_page": Text(
        "Bu buyurtma bankning toʻlov sahifasida toʻlanadi. Oʻsha sahifaga oʻting.",
        "Этот заказ оплачивается на странице банка. Перейдите на неё.",
        "This order is paid on the bank's page. Go there.",
    ),
    "withdrawal_requested": Text(
        "Bu toʻlov bekor qilinmoqda: karta va kodlar endi qabul qilinmaydi. Hozircha pul yechilmadi; yechilsa, doʻkonga murojaat qiling.",
        "Этот платёж отменяется: карты и коды больше не принимаются. Деньги пока не списаны; если спишутся, обратитесь в магазин.",
        "This payment is being cancelled and takes no more cards or codes. No money was taken so far; if it is, contact the shop.",
    ),
    "not_held": Text(
        "Bu toʻlovda band qilingan mablagʻ yoʻq.",
        "По этому платежу нет удержанных средств.",
        "This payment holds no money.",
    ),
    "money_held": Text(
        "Bu toʻlov boʻyicha mablagʻ kartada band qilingan, lekin yechilmagan. Uni faqat doʻkon boʻshata oladi.",
        "По этому платежу деньги удержаны на карте, но не списаны. Отпустить удержание может только магазин.",
        "The money of this payment is held on the card, and not taken. Only the shop can release it.",
    ),
    "gateway_mismatch": Text(
        "Toʻlov tekshirilmoqda. Qayta toʻlamang va doʻkonga murojaat qiling.",
        "Платёж проверяется. Не платите повторно и обратитесь в магазин.",
        "The payment is being looked into. Do not pay again, and contact the shop.",
    ),
    # The sum
    "invalid_amount": Text(
        "Summa notoʻgʻri: u noldan katta boʻlishi va kasr qismi ikki xonadan oshmasligi kerak.",
        "Неверная сумма: она должна быть больше нуля и иметь не более двух знаков после запятой.",
        "The amount is wrong: it must be above zero and have at most two decimals.",
    ),
    "capture_above_hold": Text(
        "Band qilingan mablagʻdan koʻp olib boʻlmaydi: koʻpi bilan {held}.",
        "Нельзя списать больше, чем удержано: не более {held}.",
        "No more can be taken than is held: at most {held}.",
    ),
    "items_do_not_add_up": Text(
        "Mahsulotlar summasi buyurtma summasiga teng emas.",
        "Сумма позиций не равна сумме заказа.",
        "The items do not add up to the amount of the order.",
    ),
    "invalid_fiscal_data": Text(
        "Mahsulotning soliq maʼlumotlari notoʻgʻri.",
        "Налоговые данные позиции неверны.",
        "The fiscal data of an item are wrong.",
    ),
    "fiscal_items_mixed": Text(
        "Soliq cheki uchun barcha mahsulotlarning soliq maʼlumotlari kerak, yetkazib berishniki ham.",
        "Для налогового чека нужны налоговые данные всех позиций, в том числе доставки.",
        "A tax receipt needs the fiscal data of all items, the delivery included.",
    ),
    "fiscal_customer_required": Text(
        "Soliq cheki yuborilishi uchun xaridorning telefoni va elektron pochtasi kerak.",
        "Чтобы отправить налоговый чек, нужны телефон и адрес электронной почты покупателя.",
        "A tax receipt is sent to the customer, whose phone and email are needed.",
    ),
    "currency_not_supported": Text(
        "Bu valyutada toʻlov qabul qilinmaydi.",
        "Оплата в этой валюте не принимается.",
        "Payments in this currency are not taken.",
    ),
    # The card
    "invalid_card": Text(
        "Karta maʼlumotlari notoʻgʻri. Pul yechilmadi. Ularni tekshirib, qaytadan kiriting.",
        "Данные карты введены неверно. Деньги не списаны. Проверьте их и введите ещё раз.",
        "The card details are not right. No money was taken. Check them and enter them again.",
    ),
    "card_expired": Text(
        "Kartaning amal qilish muddati tugagan. Pul yechilmadi. Boshqa karta bilan toʻlang.",
        "Срок действия карты истёк. Деньги не списаны. Оплатите другой картой.",
        "The card has expired. No money was taken. Pay with another card.",
    ),
    "cvc_required": Text(
        "Bu karta uchun CVC kodi kerak: kartaning orqa tomonidagi raqamlar. Pul yechilmadi.",
        "Для этой карты нужен код CVC: цифры на её обороте. Деньги не списаны.",
        "This card needs its CVC, the digits on its back. No money was taken.",
    ),
    "card_declined": Text(
        "Bank toʻlovni rad etdi. Pul yechilmadi. Karta maʼlumotlarini tekshiring yoki boshqa karta bilan toʻlang.",
        "Банк отклонил платёж. Деньги не списаны. Проверьте данные карты или оплатите другой картой.",
        "The bank declined the payment. No money was taken. Check the card details or pay with another card.",
    ),
    "saved_card_not_found": Text(
        "Bunday saqlangan karta topilmadi.",
        "Такая сохранённая карта не найдена.",
        "There is no such saved card.",
    ),
    "saved_card_not_usable": Text(
        "Bu saqlangan karta bilan toʻlab boʻlmaydi. Pul yechilmadi. Boshqa karta bilan toʻlang.",
        "Этой сохранённой картой заплатить нельзя. Деньги не списаны. Оплатите другой картой.",
        "This saved card cannot pay. No money was taken. Pay with another card.",
    ),
    "card_not_saved": Text(
        "Bank kartani saqlashga ruxsat bermadi. Karta maʼlumotlarini tekshiring yoki boshqa kartani kiriting.",
        "Банк не разрешил сохранить карту. Проверьте данные карты или введите другую.",
        "The bank did not let the card be saved. Check the card details, or enter another card.",
    ),
    # The code
    "invalid_otp": Text(
        "SMS-kod 4 tadan 8 tagacha raqamdan iborat. Uni qaytadan kiriting.",
        "Код из SMS состоит из 4–8 цифр. Введите его ещё раз.",
        "The code from the SMS has 4 to 8 digits. Enter it again.",
    ),
    "otp_rejected": Text(
        "SMS-kod qabul qilinmadi. Pul yechilmadi. Kodni qaytadan kiriting; urinishlar tugagan boʻlsa, yangidan boshlang.",
        "Код из SMS не принят. Деньги не списаны. Введите код ещё раз; если попытки закончились, начните заново.",
        "The code was not accepted. No money was taken. Enter it again; if no tries are left, start anew.",
    ),
    "otp_not_expected": Text(
        "Hozir SMS-kod talab qilinmaydi. Holatini tekshiring.",
        "Сейчас код из SMS не требуется. Проверьте статус.",
        "No code is expected now. Check the status.",
    ),
    "otp_not_used": Text(
        "Bu karta SMS-kod bilan emas, bank sahifasida tasdiqlanadi.",
        "Эта карта подтверждается не кодом, а на странице банка.",
        "This card is confirmed on the bank's page, not with a code here.",
    ),
    "code_in_progress": Text(
        "Kod tekshirilmoqda. Birozdan soʻng karta holatini tekshiring.",
        "Код проверяется. Чуть позже проверьте состояние карты.",
        "A code is being checked. Look at the card's status in a moment.",
    ),
    "otp_not_sent": Text(
        "SMS-kod hali yuborilmadi. Pul yechilmadi. Birozdan soʻng qayta tekshiring yoki boshqa karta bilan toʻlang.",
        "Код ещё не отправлен. Деньги не списаны. Проверьте чуть позже или оплатите другой картой.",
        "No code has been sent yet. No money was taken. Check again in a moment, or pay with another card.",
    ),
    "otp_expired": Text(
        "SMS-kodning vaqti tugadi. Pul yechilmadi. Yangi kod soʻrang yoki karta maʼlumotlarini qaytadan kiriting.",
        "Время действия кода истекло. Деньги не списаны. Запросите новый код или введите данные карты ещё раз.",
        "The time of the code is over. No money was taken. Ask for a new code, or enter the card details again.",
    ),
    "resend_too_soon": Text(
        "Yangi SMS-kodni {retry_after_seconds} soniyadan soʻng soʻrash mumkin.",
        "Новый код можно запросить через {retry_after_seconds} сек.",
        "A new code may be asked for in {retry_after_seconds} seconds.",
    ),
    "too_many_attempts": Text(
        "Bu buyurtmani toʻlashga juda koʻp marta urinildi. Yangi buyurtma bering.",
        "Этот заказ пытались оплатить слишком много раз. Оформите новый заказ.",
        "This order was begun to be paid too many times. Place a new order.",
    ),
    "resend_limit_reached": Text(
        "Bu toʻlov uchun boshqa SMS-kod yuborilmaydi. Pul yechilmadi. Boshqa karta bilan toʻlang.",
        "Для этого платежа коды больше не отправляются. Деньги не списаны. Оплатите другой картой.",
        "No more codes are sent for this payment. No money was taken. Pay with another card.",
    ),
    # Giving back
    "refund_not_found": Text(
        "Bu buyurtmada bunday qaytarish topilmadi.",
        "У этого заказа такой возврат не найден.",
        "This order has no such refund.",
    ),
    "refund_refused": Text(
        "Toʻlov tizimi pulni qaytarmadi. Hech narsa oʻzgarmadi.",
        "Платёжная система не выполнила возврат. Ничего не изменилось.",
        "The payment system did not carry out the refund. Nothing has changed.",
    ),
    "not_refundable": Text(
        "Qaytaradigan mablagʻ yoʻq: bu toʻlovda pul olinmagan.",
        "Возвращать нечего: по этому платежу деньги не получены.",
        "There is nothing to give back: this payment took no money.",
    ),
    "invalid_refund": Text(
        "Bu summani qaytarib boʻlmaydi: bu toʻlovdan {left} qolgan.",
        "Эту сумму вернуть нельзя: по этому платежу осталось {left}.",
        "This sum cannot be refunded: of this payment {left} is left.",
    ),
    "refund_below_minimum": Text(
        "Toʻlov tizimi bir martada kamida {minimum} qaytaradi. Shundan kam qoldiqni endi qaytarib boʻlmaydi.",
        "Платёжная система возвращает за раз не менее {minimum}. Остаток меньше этой суммы вернуть уже нельзя.",
        "The payment system gives back at least {minimum} at a time. What is left below that cannot be given back any more.",
    ),
    "no_refund_under_way": Text(
        "Bu toʻlov boʻyicha kutilayotgan qaytarish yoʻq.",
        "По этому платежу нет возврата в пути.",
        "No refund of this payment is on its way.",
    ),
    "nothing_to_review": Text(
        "Bu toʻlovda tekshiriladigan narsa yoʻq.",
        "По этому платежу проверять нечего.",
        "Nothing of this payment is to be looked at.",
    ),
    "refund_in_progress": Text(
        "Avvalgi qaytarish hali yakunlanmagan. Uning natijasini kuting.",
        "Предыдущий возврат ещё не завершён. Дождитесь его результата.",
        "An earlier refund is still under way. Wait for its outcome.",
    ),
    "refund_ambiguous": Text(
        "Bu buyurtmada bir nechta toʻlov bor. Qaysi biri qaytarilishini koʻrsating.",
        "По этому заказу несколько платежей. Укажите, какой из них вернуть.",
        "This order has several payments. Say which one is to be refunded.",
    ),
    "hold_decision_refused": Text(
        "Toʻlov tizimi bu qarorni bajarmadi. Mablagʻ avvalgidek band qilingan.",
        "Платёжная система не выполнила это решение. Средства удерживаются по-прежнему.",
        "The payment system did not carry this out. The money is held as before.",
    ),
    # OCTO
    "gateway_refused": Text(
        "Toʻlov tizimi bu toʻlovni qabul qilmadi. Pul yechilmadi. Doʻkonga murojaat qiling.",
        "Платёжная система не приняла этот платёж. Деньги не списаны. Обратитесь в магазин.",
        "The payment system did not take this payment. No money was taken. Contact the shop.",
    ),
    "fiscal_item_not_registered": Text(
        "Mahsulot soliq cheki uchun roʻyxatdan oʻtkazilmagan. Pul yechilmadi. Doʻkonga murojaat qiling.",
        "Товар не зарегистрирован для налогового чека. Деньги не списаны. Обратитесь в магазин.",
        "An item is not registered for the tax receipt. No money was taken. Contact the shop.",
    ),
    "gateway_unavailable": Text(
        "Toʻlov tizimi hozir javob bermayapti. Pul yechilmadi. Birozdan soʻng qaytadan urinib koʻring.",
        "Платёжная система сейчас не отвечает. Деньги не списаны. Попробуйте ещё раз чуть позже.",
        "The payment system does not answer at the moment. No money was taken. Try again in a moment.",
    ),
    "malformed_callback": Text(
        "Bildirishnoma shakli notoʻgʻri.",
        "Неверная форма уведомления.",
        "This is not a notification of the gateway's form.",
    ),
    "forged_callback": Text(
        "Bildirishnoma imzosi notoʻgʻri.",
        "Неверная подпись уведомления.",
        "The signature of this notification is wrong.",
    ),
    # The shop's own endpoints
    "webhook_endpoint_not_found": Text(
        "Bunday webhook manzili topilmadi.",
        "Такой адрес для вебхуков не найден.",
        "There is no such webhook endpoint.",
    ),
    "webhook_delivery_not_found": Text(
        "Bunday webhook yuborilmasi topilmadi.",
        "Такая отправка вебхука не найдена.",
        "There is no such webhook delivery.",
    ),
    "webhook_url_refused": Text(
        "Bu manzilga webhook yuborilmaydi.",
        "На этот адрес вебхуки не отправляются.",
        "No webhooks are sent to this address.",
    ),
    "too_many_webhook_endpoints": Text(
        "Webhook manzillari soni chegaraga yetdi. Avval bittasini oʻchiring.",
        "Достигнут предел числа адресов для вебхуков. Сначала удалите один из них.",
        "There are as many webhook endpoints as allowed. Remove one first.",
    ),
    "webhook_endpoint_off": Text(
        "Bu webhook manzili oʻchirib qoʻyilgan. Avval uni yoqing.",
        "Этот адрес для вебхуков отключён. Сначала включите его.",
        "This webhook endpoint is switched off. Switch it on first.",
    ),
    # Too often
    "too_many_requests": Text(
        "Soʻrovlar juda koʻp. Birozdan soʻng qaytadan urinib koʻring.",
        "Слишком много запросов. Попробуйте чуть позже.",
        "Too many requests. Try again a little later.",
    ),
    "too_many_cards": Text(
        "Juda koʻp urinish boʻldi. Karta yuborilmadi va pul yechilmadi. Keyinroq urinib koʻring yoki doʻkonga murojaat qiling.",
        "Слишком много попыток. Карта не отправлена, деньги не списаны. Попробуйте позже или обратитесь в магазин.",
        "Too many attempts. The card was not sent and no money was taken. Try again later, or contact the shop.",
    ),
    "too_many_codes": Text(
        "Juda koʻp kod kiritildi. Oxirgisi yuborilmadi va pul yechmadi. Toʻlov holatini tekshiring yoki doʻkonga murojaat qiling.",
        "Введено слишком много кодов. Последний не отправлен и денег не списал. Проверьте статус платежа или обратитесь в магазин.",
        "Too many codes were entered. This one was not sent and took no money. Check the status of the payment, or contact the shop.",
    ),
    "cards_paused": Text(
        "Karta orqali toʻlov vaqtincha toʻxtatildi. Pul yechilmadi. Birozdan soʻng qaytadan urinib koʻring.",
        "Приём карт временно приостановлен. Деньги не списаны. Попробуйте чуть позже.",
        "Cards are not taken for the moment. No money was taken. Try again a little later.",
    ),
    # Not now
    "busy": Text(
        "Bu buyurtma ustida hozir boshqa amal bajarilmoqda. Bir necha soniyadan soʻng qaytadan urinib koʻring.",
        "С этим заказом сейчас выполняется другое действие. Попробуйте через несколько секунд.",
        "Something else is being done with this order. Try again in a few seconds.",
    ),
    "storage_unavailable": Text(
        "Xizmat vaqtincha ishlamayapti. Birozdan soʻng avval toʻlov holatini tekshiring.",
        "Сервис временно недоступен. Чуть позже сначала проверьте статус платежа.",
        "The service is not available at the moment. Try again shortly; check the status of the payment first.",
    ),
    "internal_error": Text(
        "Xizmatda xatolik yuz berdi. Qayta toʻlashdan oldin toʻlov holatini tekshiring.",
        "В сервисе произошла ошибка. Прежде чем платить снова, проверьте статус платежа.",
        "Something went wrong in the service. Check the status of the payment before you pay again.",
    ),
    # The request
    "bad_request": Text(
        "Soʻrovni tushunib boʻlmadi.",
        "Запрос не удалось понять.",
        "The request could not be understood.",
    ),
    "invalid_request": Text(
        "Soʻrov maydonlari notoʻgʻri toʻldirilgan. Hech narsa oʻzgarmadi.",
        "Поля запроса заполнены неверно. Ничего не изменено.",
        "Some fields of the request are wrong. Nothing was changed.",
    ),
    "malformed_json": Text(
        "Soʻrov matni toʻgʻri JSON emas.",
        "Тело запроса не является правильным JSON.",
        "The body is not well-formed JSON in UTF-8.",
    ),
    "unsupported_media_type": Text(
        "Soʻrov matni application/json turida boʻlishi kerak.",
        "Тело запроса должно иметь тип application/json.",
        "The body must be of the type application/json.",
    ),
    "body_too_large": Text(
        "Soʻrov juda katta.",
        "Запрос слишком велик.",
        "The request is too large.",
    ),
    "not_found": Text(
        "Bunday manzil yoʻq.",
        "Такого адреса нет.",
        "There is nothing at this address.",
    ),
    "method_not_allowed": Text(
        "Bu manzilda bunday amal yoʻq.",
        "Этот метод по данному адресу не поддерживается.",
        "This method is not allowed at this address.",
    ),
    # Who asks
    "token_missing": Text(
        "Soʻrovda kirish tokeni yoʻq.",
        "В запросе нет токена доступа.",
        "The request carries no access token.",
    ),
    "token_expired": Text(
        "Kirish tokenining muddati tugagan. Yangisini oling.",
        "Срок токена доступа истёк. Получите новый.",
        "The access token has expired. Get a new one.",
    ),
    "token_invalid": Text(
        "Kirish tokeni yaroqsiz.",
        "Токен доступа недействителен.",
        "The access token is not valid.",
    ),
    "insufficient_scope": Text(
        "Kirish tokeni bu amalga ruxsat bermaydi.",
        "Токен доступа не разрешает это действие.",
        "The access token does not allow this.",
    ),
    # Idempotency-Key
    "idempotency_key_invalid": Text(
        "Idempotency-Key 1–255 ta koʻrinadigan ASCII belgidan iborat boʻladi va karta raqamini oʻz ichiga olmaydi.",
        "Idempotency-Key состоит из 1–255 видимых символов ASCII и не содержит номер карты.",
        "An Idempotency-Key has 1 to 255 visible ASCII characters, and no card number among them.",
    ),
    "idempotency_key_reused": Text(
        "Bu Idempotency-Key boshqa soʻrov bilan ishlatilgan.",
        "Этот Idempotency-Key уже использован с другим запросом.",
        "This Idempotency-Key was used with another request.",
    ),
    "idempotency_in_progress": Text(
        "Shu Idempotency-Key bilan yuborilgan soʻrov hali bajarilmoqda. Birozdan soʻng qayta yuboring.",
        "Запрос с этим Idempotency-Key ещё выполняется. Повторите чуть позже.",
        "The request with this Idempotency-Key is still being carried out. Repeat it in a moment.",
    ),
}
