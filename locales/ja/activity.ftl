# The form above the log, its chart, and what a search found. Names from outside are isolated in the pages.

## The search box

filter-search = 検索
search-hint = 名前、ID、ユーザー、製品、ドメインなど
search-how = 検索の方法
search-how-words = すべての語を含むアクティビティを検索します
search-how-phrase = この並びのとおりに含むもの
search-how-not = 先頭にマイナスを付けると、それを除きます
search-how-field = その項目だけを検索します。アクション、ユーザー、アプリ、リソース、状態、変更、取得元、実行者、アカウントも使えます。サブスクリプション、注文、顧客ユーザー、リレーションシップ、相関は ID で指定します
search-how-field-code = 顧客:contoso
search-how-named-code = アクション:注文の作成
search-how-named = 画面に表示されるアクション、状態、リソースの種類の名前、またはその一部
search-how-record = レコードの ID またはそのページのアドレスを入力すると、直接そのレコードに移動します。
search-how-date-code = 日付:2026-05..2026-06
search-how-date = 5 月から 6 月まで。1 日だけ、または片側だけの指定もできます
search-how-quantity-code = 数量:>100
search-how-quantity = 100 を超える数量
search-how-examples = 例
search-how-example-words = contoso license
search-how-example-failed = アクション:注文 状態:失敗
search-how-example-changed = 変更:quantity 数量:>100
search-better = 次の検索を試してください:
search-meant = この名前のアクション、状態、リソースの種類を探すには:

## The filters

pick-any = すべて
pick-chosen = { $n } 個選択
pick-more = 他 { $n } 件: 入力して検索
pick-app-hint = アプリケーション ID または名前
pick-changed-hint = 項目名
counts-too-long-too = この期間の件数の集計に時間がかかりすぎました。
counts-too-long = この期間の件数の集計に時間がかかりすぎました。一覧は完全です。
counts-loading = 件数を準備しています ({ $percent }% 完了)。一覧は完全です。

## The sentence and the title; $search is what stands in the search box

result-searched = 「{ $search }」に一致する { $number } 件のアクティビティ、{ $range } ({ $zone })
result-searched-filtered = 「{ $search }」に一致する { $number } 件のアクティビティ、{ $range } ({ $zone })、フィルター { $filters } 個
title-searched = 「{ $search }」、{ $title }

## The chart

chart-hours = 1 時間ごとのアクティビティ
chart-days = 1 日ごとのアクティビティ
chart-weeks = 1 週間ごとのアクティビティ
chart-months = 1 か月ごとのアクティビティ
chart-years = 1 年ごとのアクティビティ
chart-decades = 数年ごとのアクティビティ
chart-bar = { $when }: { $number } 件
chart-bar-failed = { $when }: { $number } 件 (失敗 { $failed } 件)
chart-table = 表で表示
chart-when = 期間
chart-records = アクティビティ
chart-failed = 失敗

## A search that was broken off

searched-to = { $at } までさかのぼって検索しました。それより古いアクティビティはまだ検索していません。
searched-up-to = { $at } まで検索しました。それより新しいアクティビティはまだ検索していません。
searched-go-on = 検索を続ける
empty-so-far = まだ見つかっていません
empty-so-far-text = 検索に時間がかかっています。中断したところから検索を続けられます。
empty-further = これより先にはありません
empty-further-text = 見つかったものは、すべて前のページにあります。
empty-unknown = 最も近いアクティビティを探すのに時間がかかりすぎました。

## The menu of a row

row-menu = このアクティビティで絞り込む
# Beside "All activities" of a customer, a user or an action.
pivot-others = これ以外

## Where a record has what was searched for, where its row does not show it

found-in = 一致した場所: { $places }
found-old = 変更前の値
found-new = 変更後の値
found-old-field = { $field } (変更前)
