# Customers, and who acts for them. Names from outside are isolated by the pages.

## What the pages of customers and of actors have in common

people-activities = { $number } 件
people-all = すべてのアクティビティ
people-first = 最初のアクティビティ
people-last = 最後のアクティビティ
people-areas = 分野別
people-more = 他 { $number } 件
people-too-long = 件数の集計に時間がかかりすぎたため、件数を表示していません。
people-loading = 件数を準備しています ({ $percent }% 完了)。しばらくしてからこのページを再読み込みしてください。

## The list of customers

customers-title = 顧客
customers-search = 顧客名、以前の名前、または顧客 ID
customers-look = 検索
customers-all = すべての顧客
customers-summary = 顧客 { $number } 件
customers-found = 「{ $text }」に一致する顧客 { $number } 件
customers-none = 顧客に関するアクティビティはまだありません
customers-nothing = この名前または ID の顧客はありません
customers-name = 顧客
customers-count = アクティビティ
customers-last = 最後のアクティビティ
customers-sort = 並べ替え:
customers-former = 以前の名前: { $name }
customers-no-id = 顧客 ID なし
customers-position = { $total } 件中 { $place }
customers-before = 前へ
customers-after = 次へ

## A customer

customer-word = 顧客
customer-page = この顧客について
customer-domain = プライマリ ドメイン
customer-names = 名前
customer-name-seen = { $day } まで
customer-users = 操作したユーザー
customer-apps = 使用されたアプリケーション
customer-subscriptions = 記録にあるサブスクリプション: { $number } 件
customer-subscriptions-newest = 注文とサブスクリプションの新しいアクティビティ { $number } 件にあるものです。
customer-subscription-unnamed = 名前のないサブスクリプション
customer-subscription-history = 履歴をすべて見る
customer-seats = { $number } シート
subscriptions-history = 履歴

## Who acted

filter-actor = 実行者
actor-person = ユーザー
actor-app = アプリ
actor-microsoft = Microsoft

## The page of an actor

actors-kind-person = ユーザー
actors-kind-app = アプリケーション
actors-kind-first-party = パートナー センターのアプリケーション
actors-kind-microsoft = Microsoft
actors-customers = 操作の対象となった顧客
actors-users = 使用したユーザー
actors-apps = 使用したアプリケーション
actors-about = このユーザーについて
actors-about-app = このアプリケーションについて
error-no-actor-title = このユーザーまたはアプリケーションはアーカイブにありません。
error-no-actor-text = このユーザーまたはアプリケーションによるアクティビティはありません。
error-no-actor-remedy = リンクを確認するか、ログで名前の一部を検索してください。

## What applications are called

applications-title = アプリケーション
applications-lead = レコードではアプリケーションは ID で示されます。名前を付けると、ログと検索でその名前が使われます。レコード自体は変わりません。
applications-none = アプリケーションに関するアクティビティはまだありません
applications-id = アプリケーション ID
applications-own = 独自の名前
applications-save = 保存
applications-rename = 名前を変更
applications-named = アプリケーションに名前を付けました。
applications-unnamed = アプリケーションの名前を削除しました。
applications-changed = { $by } が { $at } に変更
applications-long = 名前が { $n } 文字を超えています。短くしてください。
applications-odd = 名前に改行や制御文字が含まれているか、表示できる文字がありません。入力し直してください。
