# アーカイブの収集状況と新しさ。

coverage-title = 収集状況
coverage-intro = 日付はパートナー センターと同じ UTC の日です。「完了」は、その日が終わった後に最後まで読み取った日を表します。パートナー センターに残るのは 90 日分で、それまでに読み取れなかった日は永久に欠落します。
coverage-all-accounts = すべてのアカウント
coverage-details = 詳細
coverage-complete = { $from } から { $to } まで収集済みです。
coverage-today = 今日 { $time }
coverage-utc = { $days } (UTC)
coverage-more-days = 他 { $n } 日
coverage-gaps = ただし、次の { $number } 日を除きます: { $days }。
coverage-nothing-yet = 最後まで読み取った日はまだありません。
coverage-imported-only = このアカウントでは収集が行われていません。アーカイブにあるのはインポートされたレコードです。
coverage-not-collected = このアカウントは設定から削除されたため、収集は終了しています。

## 表の下

coverage-line-missing = この期間のうち { $number } 日分が欠落しているか、不完全です ({ $days })。
coverage-line-waiting = この期間のうち { $number } 日分はまだ収集されていません ({ $days })。
coverage-line-before = 収集の開始日は { $day } です。それより前の日については、インポートされたレコードのみがあります。
coverage-removed-before = { $day } より前のアクティビティは削除されました。このアーカイブはそれ以降のものを保持します。
coverage-line-imported = 収集は行われていません。アーカイブにあるのはインポートされたレコードです。
coverage-line-nothing = この期間はまだ収集されていません。

## 新しさ

fresh-collected = 最終収集: { $ago }
fresh-never = まだ収集されていません
fresh-next = 次回: { $time }
fresh-busy = 収集中です
fresh-refresh = 最新の情報に更新
fresh-asked = 収集を開始しました。結果を見るにはページを更新してください。
fresh-wait = 収集は開始されたばかりです。10 秒ほど待ってから、もう一度お試しください。
news-show = 新しいアクティビティ { $number } 件 – 表示
news-many = { $number }+

## すべてのページに表示される通知

banner-stale = 最終収集から { $age }経過しています。パートナー センターには 90 日分が残っているため、まだ失われたレコードはありません。残り { $n } 日です。
banner-soon = 最終収集から { $age }経過しています。{ $n ->
    [0] 1 日以内に、最初のレコードが完全に失われます。
   *[other] あと { $n } 日で、最初のレコードが完全に失われます。
}
banner-losing = 最終収集から { $age }経過しています。すでに { $n } 日分が完全に失われており、1 日ごとにさらに 1 日分が失われます。
age-minutes = { $n } 分
age-hours = { $n } 時間
age-days = { $n } 日
banner-at-risk = 収集できなかった日が { $number } 日あり、1 週間以内に完全に失われます。
banner-never = 収集はまだ一度も成功していません。前回の試行は { $at } に終了しました。パートナー センターに残るのは 90 日分のため、1 日ごとに最も古い 1 日分が失われます。
banner-never-ran = 収集はまだ一度も終了していません。パートナー センターに残るのは 90 日分のため、1 日ごとに最も古い 1 日分が失われます。

## 数値

coverage-last-success = 失敗のなかった最後の収集
coverage-read-to = 収集済みの時点
coverage-moment = { $at } ({ $ago })
coverage-next = 次回の収集
coverage-next-due = まもなく
coverage-records = 収集したレコード
coverage-known = スキップした重複
coverage-late = 遅れて届いたレコード
coverage-changed = 後で変更されたレコード
coverage-throttled = スロットル (429)
coverage-throttled-times = { $times } 回 (最近の収集 { $number } 回)
coverage-last-error = 前回の収集は完了しませんでした ({ $at })
coverage-trouble = 分類されていない問題が発生しました。
coverage-remedy = 次回の収集でもう一度試みます。続く場合は、管理者がログで原因を確認してください。
coverage-as-received = 受信した内容

## カレンダー

coverage-days = 日ごとの状況
coverage-years = 年
coverage-skip-days = カレンダーをスキップ
coverage-show-days = 日ごとの状況を表示
coverage-legend = 記号の意味
coverage-year-complete = 完了 { $number } 日
coverage-year-missing = 未完了 { $number } 日
day-complete = 完了
day-so-far = 収集中
day-waiting = 未収集
day-partial = 一部のみ
day-lost = 永久に欠落
day-before = 収集開始前
day-removed = 削除済み
day-in-words = { $day }: { $words }
day-records = { $number } 件
day-late = 遅れて届いたもの { $number } 件
day-changed = 変更 { $number } 件

## 欠落している日、または失われる日

coverage-at-risk = 1 週間以内に { $number } 日分が失われます
coverage-lost-on = は { $at } に失われます ({ $n ->
    [0] 残り 1 日未満
   *[other] 残り { $n } 日
})
coverage-partial = 一部のみ収集した日
coverage-partial-day = これまでに { $records }。{ $what }
coverage-lost-days = { $number } 日分が永久に欠落しています
coverage-lost-text = パートナー センターに残っている間に、最後まで読み取れなかった日です。読み取れた分はアーカイブにあります。

## レコードのバージョン

version-title = バージョン
version-of = バージョン { $number } / { $n }
version-newest = 最新
version-at = { $source }: { $at }
version-collected = 収集
version-imported = インポート
version-old = これはバージョン { $number } / { $n } で、最新ではありません。
version-show-newest = 最新のバージョンを表示
version-next-changes = バージョン { $number } での変更
version-since = バージョン { $number } からの変更
version-no-changes = 両方のバージョンは同じ内容です。
version-more = 他 { $n } 件
version-history = バージョン { $number } / { $n } – { $at } に変更

## レコードの項目

field-operationstatus = 操作の状態
field-operationtype = 操作の種類
field-operationdate = 日時
field-resourcetype = リソースの種類
field-sessionid = セッション
field-originalcorrelationid = 相関 ID
