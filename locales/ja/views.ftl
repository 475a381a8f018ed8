# 保存したビューとキーボード ショートカット。外部由来の名前の分離はページ側で行います。

## 保存したビュー

views-title = 保存したビュー
views-menu = ビュー
views-lead = ビューは、ログに表示している内容 (日付、フィルター、検索) に付ける名前です。
views-how = ログで表示する内容を選び、表の上の「ビューを保存」を選択してください。
views-own = 自分のビュー
views-own-none = 保存したビューはまだありません。
views-shared = 共有されているビュー
views-shared-none = 他のユーザーが共有しているビューはありません。
views-none-yet = 保存したビューはまだありません。
views-all = すべてのビュー
views-more = 共有されているビューを名前順に { $n } 件まで表示しています。
views-full = 保存したビューが上限の { $n } 件に達しています。新しく保存するには、いずれかを削除してください。
views-save = ビューを保存
views-save-other = 別の名前で保存
views-name = 名前
views-dates = 日付
views-dates-moving = { $range } (日々更新)
views-dates-since = { $day } から今日まで
views-dates-until = { $day } まで
views-dates-fixed = { $days } (固定)
views-share = 全員と共有する
views-share-hint = ログを表示できる全員に、あなたの名前とともに表示されます。
views-start = スタート ページにする
views-start-hint = サインイン後、最初にこのビューが表示されます。
views-replace-title = このビューを置き換えますか?
views-replace-text = 「{ $name }」という名前のビューがあります。保存すると表示内容が置き換わります。リンクは変わりません。
views-replace = 置き換える
views-cancel = キャンセル
views-name-missing = ビューの名前を入力してください。
views-name-long = 名前が { $n } 文字を超えています。短くしてください。
views-name-odd = 名前に改行または制御文字が含まれています。取り除いて入力し直してください。
views-name-taken = 「{ $name }」という名前のビューが既にあります。別の名前を入力してください。
views-address = このログのアドレスには解釈できない部分があるため、保存できません。ログに戻って選び直してください。
views-address-long = フィルターが多すぎるため保存できません。いくつか減らしてください。
views-not = 次を除く:{" "}
views-search = 「{ $text }」
views-by = 共有元
views-is-start = スタート ページ
views-is-shared = 共有中
views-set-start = スタート ページにする
views-unset-start = スタート ページをログに戻す
views-start-now = 最初にこのビューが表示されます。
views-start-none = 現在は最初にアクティビティ ログが表示されます。代わりに任意のビューをスタート ページにできます。
views-change = 変更
views-change-title = ビューの変更
views-rename = 名前を変更
views-shared-now = ログを表示できる全員にこのビューが表示されます。
views-private-now = このビューは自分だけに表示されます。
views-unshare = 共有をやめる
views-delete = 削除
views-delete-title = このビューを削除しますか?
views-delete-text = この名前は完全に削除されます。ログとアクティビティはそのまま残ります。
views-delete-shared = 共有中のため、全員に表示されなくなります。これをスタート ページにしているユーザーには、代わりにログが表示されます。
views-delete-start = これはスタート ページです。代わりにログが最初に表示されます。
views-done-saved = ビューを保存しました。
views-done-replaced = ビューを置き換えました。
views-done-renamed = ビューの名前を変更しました。
views-done-shared = ビューを全員と共有しました。
views-done-unshared = ビューの共有をやめました。
views-done-deleted = ビューを削除しました。
views-done-start = スタート ページに設定しました。
views-done-no-start = 最初にアクティビティ ログが表示されます。
error-no-view-title = ビューが見つかりません
error-no-view-text = ビューが削除されたか、共有されていません。
error-no-view-remedy = 保存したビューの一覧から探すか、リンクの提供元に確認してください。

## キーボード

keys-title = キーボード ショートカット
keys-key = キー
keys-does = 動作
keys-search = ログを検索
keys-rows = 次または前のアクティビティに移動
keys-arrows = 同上 (行にフォーカスがあるとき)
keys-enter = 詳細を開く、または閉じる
keys-escape = 詳細、メニュー、このヘルプを閉じる
keys-pages = 古い方または新しい方のページに移動
keys-export = ログのエクスポート
keys-help = このヘルプを表示
keys-when = 入力欄に入力しているとき、または Ctrl、Alt、Cmd キーを押しているときは動作しません。
keys-on = 次のページで無効にできます:
keys-off = 現在は無効になっています。設定ページ:
keys-close = 閉じる
preferences-keys = キーボード
preferences-keys-off = 1 つのキーによるショートカットを無効にする

# 継続して送信またはエクスポートする内容の選択。
choice-all = すべて
choice-kept = 現在のまま (ビュー「{ $name }」から)
choice-kept-unnamed = 現在のまま
choice-view = ビュー「{ $name }」
choice-gone = このビューはもうありません。別のビューを選択してください。
choice-odd = このビューの検索には解釈できない部分があるため、使用できません。ログでビューを開き、検索を修正してください。
choice-kept-odd = 現在のまま: 一部を解釈できなくなりました
