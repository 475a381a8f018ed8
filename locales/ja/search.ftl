# 検索ボックス: 解釈できなかった部分
search-fault-unknown-filter = 「{ $text }」というフィルターはありません。「{ $meant }」のことですか。この文字列そのものを検索するには、引用符で囲んでください。
search-fault-empty-filter = 「{ $text }」に値がありません。顧客:contoso のように、コロンのすぐ後に値を入力してください。
search-fault-dates = 「{ $text }」は日付ではありません。日付:2024-05-31、日付:2024-05、日付:2024-05..2024-06 のように、日、月、年、または範囲を入力してください。
search-fault-quantity = 「{ $text }」は数量ではありません。数量:25、数量:>100、数量:5..10 のように、整数または範囲を入力してください。
search-fault-reversed = 「{ $text }」は範囲の始めと終わりが逆です。小さい方または早い方を先に入力してください。
search-fault-too-many-parts = 検索条件は 64 個までです。「{ $text }」以降は適用されていません。条件を減らしてください。
search-fault-too-long = 検索できるのは 4,096 文字までです。それより後は適用されていません。短くしてください。
error-too-long-title = 時間がかかりすぎました
error-too-long-text = 他の利用者を待たせないよう、検索を中断しました。データは失われていません。
error-too-long-remedy = 期間を短くするか、検索語を追加して、もう一度お試しください。
