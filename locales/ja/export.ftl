# CSV ファイルの見出し。最初の 4 列はページと同じ。
csv-date-time-in = 日時 ({ $zone })
csv-customer = 影響を受ける顧客
csv-action = アクション
csv-user = パートナー ユーザー
csv-date-utc = 日時 (UTC)
csv-customer-id = 顧客 ID
csv-operation-type = 操作の種類
csv-resource-type = リソースの種類
csv-status = 状態
csv-application = アプリケーション
csv-details = 詳細
csv-correlation-id = 相関 ID
csv-record-id = レコード ID
csv-old-value = 古い値
csv-new-value = 新しい値
csv-additional-data = 追加情報
csv-partner-account = パートナー アカウント
csv-line = 行
csv-product = 製品
csv-offer-id = オファー ID
csv-subscription-id = サブスクリプション ID
csv-quantity = 数量
csv-term = 期間
csv-cell-cut = { " " }…[省略、JSON を参照]
# The name of a sheet in a workbook; a number follows where there are several.
xlsx-sheet = アクティビティ ログ
